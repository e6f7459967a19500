import KernelSystem
import KernelTesting
import Testing

@testable import KernelBuilds

@Suite struct LibraryPolicyTests {
    private func file(needs: [String], searching: [String]) throws -> ElfFile {
        let folder = try TemporaryFolder("kernel-policy")
        let path = folder.file("m.so")
        // A library that needs a name is linked against an empty one of that name.
        var linking = searching.map { "-Wl,-rpath,\($0)" }
        for name in needs {
            let helper = folder.file(name)
            try Fixture.compile([
                "-shared", "-x", "c", "/dev/null", "-o", helper,
                "-Wl,-soname,\(name)", "-fuse-ld=lld",
            ])
            linking += ["-Wl,--no-as-needed", helper]
        }
        try Fixture.build("answer", linking: linking, to: path)
        return try ElfFile(checking: try Files.read(path, bytesMax: 1 << 20))
    }

    private func policy(existing: Set<String>) -> LibraryPolicy {
        LibraryPolicy(systemFolders: ["/sys/lib"], exists: { existing.contains($0) })
    }

    private let libc = "/sys/lib/libc.so.6"

    @Test func `libraries of the system will do`() throws {
        let elf = try file(needs: ["libx.so.1"], searching: [])
        #expect(policy(existing: [libc, "/sys/lib/libx.so.1"]).problem(elf) == nil)
    }

    @Test func `a library that nobody has is named`() throws {
        let elf = try file(needs: ["libx.so.1"], searching: [])
        let problem = policy(existing: [libc]).problem(elf)
        #expect(problem?.contains("needs libx.so.1") == true)
        #expect(problem?.contains("install the package") == true)
    }

    @Test func `a private library is refused even where the system has one of that name`() throws {
        let elf = try file(needs: ["libx.so.1"], searching: ["/home/me/lib"])
        let problem = policy(
            existing: [libc, "/sys/lib/libx.so.1", "/home/me/lib/libx.so.1"]
        ).problem(elf)
        #expect(problem?.contains("takes from /home/me/lib") == true)
        #expect(problem?.contains("link it statically") == true)
    }

    @Test func `a search path beside the module is harmless`() throws {
        let elf = try file(needs: [], searching: ["$ORIGIN", "/sys/lib"])
        #expect(elf.searchPaths == ["$ORIGIN", "/sys/lib"])
        #expect(policy(existing: [libc]).problem(elf) == nil)
    }

    @Test func `a library named by its path is refused`() throws {
        let elf = try file(needs: [], searching: [])
        let pathed = ElfFile(
            needed: ["../../home/me/libx.so"], searchPaths: elf.searchPaths,
            writableBytes: elf.writableBytes, mappedBytes: elf.mappedBytes)
        let everything = LibraryPolicy(systemFolders: ["/sys/lib"], exists: { _ in true })
        #expect(everything.problem(pathed)?.contains("../../home/me/libx.so") == true)
    }

    @Test func `the machine's own folders hold what a module needs`() throws {
        let elf = try file(needs: [], searching: [])
        #expect(LibraryPolicy.ofThisMachine.problem(elf) == nil)
    }
}
