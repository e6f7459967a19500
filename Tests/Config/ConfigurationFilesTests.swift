import Glibc
import KernelConfig
import KernelSystem
import ModuleJSON
import Testing

/// Against real files, in a folder that is removed again.
struct ConfigurationFilesTests {
    @Test func `a file is read whole up to the limit`() throws {
        try Self.withTemporaryFolder { folder in
            let path = "\(folder)/a"
            try Self.write("12345", to: path)
            #expect(try ConfigurationFiles.read(path, bytesMax: 5) == Array("12345".utf8))
            let error = try #require(throws: ConfigurationFileError.self) {
                try ConfigurationFiles.read(path, bytesMax: 4)
            }
            #expect(error.description == "\(path) is larger than 4 bytes.")
            #expect(try ConfigurationFiles.read("\(folder)/none", bytesMax: 4) == nil)
        }
    }

    @Test func `a folder is refused`() throws {
        try Self.withTemporaryFolder { folder in
            let error = try #require(throws: ConfigurationFileError.self) {
                try ConfigurationFiles.readPrivate(folder, bytesMax: 4)
            }
            #expect(error.reason == "is not a regular file")
        }
    }

    /// In a process of its own, with an alarm: a wrong `open` waits for ever.
    @Test func `a named pipe is refused without waiting for its other end`() async {
        await #expect(processExitsWith: .success) {
            alarm(10)
            try Self.withTemporaryFolder { folder in
                #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
                let error = #expect(throws: ConfigurationFileError.self) {
                    try ConfigurationFiles.read("\(folder)/pipe", bytesMax: 4)
                }
                #expect(error?.reason == "is not a regular file")
            }
        }
    }

    @Test(arguments: [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o610, false)])
    func `a secret has to be the user's alone`(mode: Int, isAccepted: Bool) throws {
        try Self.withTemporaryFolder { folder in
            let path = "\(folder)/secret"
            try Self.write("s3cr3t\n", to: path)
            #expect(chmod(path, mode_t(mode)) == 0)
            let read = try configuration("[modules.w]\nkey = \"file:\(path)\"")
            let secrets = SecretSource.system(environment: [:])
            if isAccepted {
                let view = try read.view(ofModule: "w", schema: nil, secrets: secrets)
                #expect(view.own == ["key": "s3cr3t"])
            } else {
                let error = try #require(throws: ConfigurationProblems.self) {
                    try read.view(ofModule: "w", schema: nil, secrets: secrets)
                }
                #expect("\(error)".contains("Run: chmod 600 \(path)"), "\(error)")
                #expect(!"\(error)".contains("s3cr3t"))
            }
        }
    }

    @Test func `a private folder is made, and refused if it is open to others or a link`() throws {
        try Self.withTemporaryFolder { folder in
            let path = "\(folder)/run"
            try ConfigurationFiles.ensurePrivateFolder(path)
            try ConfigurationFiles.ensurePrivateFolder(path)
            #expect(chmod(path, 0o755) == 0)
            let open = try #require(throws: ConfigurationFileError.self) {
                try ConfigurationFiles.ensurePrivateFolder(path)
            }
            #expect(open.reason.contains("0755"))
            #expect(chmod(path, 0o700) == 0)
            #expect(symlink(path, "\(folder)/link") == 0)
            let link = try #require(throws: ConfigurationFileError.self) {
                try ConfigurationFiles.ensurePrivateFolder("\(folder)/link")
            }
            #expect(link.reason == "is not a folder")
        }
    }

    @Test func `a file that was named has to exist, the standard one need not`() throws {
        try Self.withTemporaryFolder { folder in
            let process = Paths.Process(
                environment: ["HOME": folder], userId: 1, workingFolder: folder)
            #expect(try ConfigurationFile.read(Paths(process)) == nil)
            let named = try Paths(process, configuration: "none.toml")
            let error = try #require(throws: ConfigurationProblems.self) {
                try ConfigurationFile.read(named)
            }
            #expect(
                error.description == "\(folder)/none.toml: The file that --config names does not "
                    + "exist. Create it, or name another.")
            try Self.write("[user]", to: "\(folder)/none.toml")
            #expect(try ConfigurationFile.read(named) == Array("[user]".utf8))
        }
    }

    private static func withTemporaryFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/kernel-config-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in ["a", "pipe", "secret", "link", "none.toml"] { unlink("\(folder)/\(name)") }
            rmdir("\(folder)/run")
            rmdir(folder)
        }
        try body(folder)
    }

    private static func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }
}
