import KernelSystem

/// A server of `Tests/Servers` that says its port in its first line. It ends with this object.
package final class ScriptServer: Sendable {
    package let port: UInt16
    private let process: Int32

    /// `folder` is where it runs, and must be there for as long as it does.
    package init(_ script: String, _ arguments: [String] = [], in folder: TemporaryFolder) throws {
        let said = folder.file("port")
        let output = try FileDescriptor.open(said, .append, creating: .ifMissing())
        let nothing = try FileDescriptor.open("/dev/null", .read)
        var options = ChildProcess.Options(environment: Environment.all, directory: folder.path)
        options.descriptors = [
            .init(nothing.raw, as: 0), .init(output.raw, as: 1), .init(output.raw, as: 2),
        ]
        process = try ChildProcess.spawn(
            "/usr/bin/python3", [Self.path(script)] + arguments, options)
        var port: UInt16?
        try waitFor("the server to say its port") {
            let text = String(decoding: try Files.read(said, bytesMax: 4_096), as: UTF8.self)
            port = text.hasSuffix("\n") ? UInt16(text.dropLast()) : nil
            return port != nil
        }
        self.port = port ?? 0
    }

    package static func path(_ script: String) -> String {
        let tests = Path.directory(of: Path.directory(of: #filePath))
        return Path.join(tests, "Servers/\(script)")
    }

    deinit {
        if let handle = try? ChildProcess.handle(of: process) {
            ChildProcess.signal(handle, SignalNumber.kill)
        }
        _ = try? ChildProcess.wait(for: process)
    }
}
