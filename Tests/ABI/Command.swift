import Foundation

/// A program run to its end, as the tests of the contract need it: compilers and ELF readers.
struct Command {
    let status: Int32
    /// What it wrote on both outputs, in order.
    let output: String

    /// Runs `words`, of which the first is looked up on PATH, in `folder`.
    init(_ words: [String], in folder: URL = Checkout.root, input: String = "") throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.currentDirectoryURL = folder
        let outputPipe = Pipe()
        let inputPipe = Pipe()
        process.standardOutput = outputPipe
        process.standardError = outputPipe
        process.standardInput = inputPipe
        try process.run()
        try inputPipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
        let bytes = try outputPipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        status = process.terminationStatus
        output = String(decoding: bytes, as: UTF8.self)
    }
}
