import KernelSystem
import KernelTesting
import Testing

@testable import KernelParent

struct CrashFolderTests {
    private let folder: TemporaryFolder
    private let crashes: CrashFolder

    init() throws {
        folder = try TemporaryFolder()
        crashes = CrashFolder(stateFolder: folder.path)
    }

    private func report(_ minute: Int) -> CrashReport {
        let time = "2026-11-20T07:\(minute < 10 ? "0" : "")\(minute):00.000Z"
        return CrashReport(time: time, process: 12, failure: .killed, what: "it was killed")
    }

    @Test func `the last twenty are kept`() throws {
        for minute in 0..<30 { _ = try crashes.write(report(minute)) }
        let names = crashes.reports
        #expect(names.count == 20)
        #expect(names.first == "2026-11-20T07-10-00.000Z")
        #expect(names.last == "2026-11-20T07-29-00.000Z")
        #expect(try Files.names(in: crashes.path).count { $0.hasSuffix(".txt") } == 20)
    }

    @Test func `a report comes back as it was written, and reads well`() throws {
        var written = report(1)
        written.failure = .signal
        written.what = "it was ended by SIGSEGV (a crash) at 0x8"
        written.blamed = .init(
            module: "fs", version: "1.0.0", build: "0123456789", generation: 3,
            activity: "fs.read (call 4)", task: "read", call: 4)
        written.evidence = .breadcrumb
        written.stack = [
            .init(address: "0x1", image: "/lib/libc.so.6", offset: "0x9", symbol: "memcpy"),
            .init(address: "0x2", image: "/store/0123456789/module.so", symbol: "read_file"),
        ]
        written.interrupted = [.init(what: "fs.read (call 4)", seconds: 1.5)]
        let name = try crashes.write(written)
        #expect(crashes.report(name) == written)
        #expect(written.stackTop == "read_file")
        let bytes = try Files.read(crashes.text(name), bytesMax: 10_000)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            text.hasPrefix(
                "2026-11-20T07:01:00.000Z: fs 1.0.0 (build 01234567) crashed the kernel in "
                    + "fs.read (call 4): it was ended by SIGSEGV (a crash) at 0x8\n"))
        #expect(text.contains("0  memcpy in /lib/libc.so.6 + 0x9"))
        #expect(text.contains("fs.read (call 4), for 1.5 s"))
    }

    @Test func `two at one moment are two`() throws {
        let names = try (0..<3).map { _ in try crashes.write(report(1)) }
        #expect(Set(names).count == 3 && crashes.reports.count == 3)
    }

    @Test func `what nobody was told of is kept until somebody is`() throws {
        let names = [try crashes.write(report(1)), try crashes.write(report(2))]
        #expect(crashes.untold == names)
        crashes.markTold()
        #expect(crashes.untold == [])
        #expect(crashes.untold == [] && crashes.reports.count == 2)
    }
}

struct ContainmentRecordsTests {
    private func entry(_ module: String, _ build: String) -> ContainmentRecords.Entry {
        .init(module: module, build: build, time: "now", reason: "crashed", report: "/r")
    }

    @Test func `a build is contained, its module's others are not`() throws {
        let folder = try TemporaryFolder()
        let file = ContainmentRecords.file(in: folder.path)
        #expect(ContainmentRecords(readingFrom: file).entries.isEmpty)
        var records = ContainmentRecords()
        records.add(entry("fs", "one"))
        records.add(entry("fs", "one"))
        records.add(entry("apps", "two"))
        try records.write(to: file)
        let read = ContainmentRecords(readingFrom: file)
        #expect(read == records && read.entries.count == 2)
        #expect(read.entries.contains { $0.build == "one" && $0.reason == "crashed" })
        #expect(!read.entries.contains { $0.build == "two" && $0.module == "fs" })
    }

    @Test func `a damaged file contains nothing, and more than it holds are forgotten`() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("containment.json")
        for text in ["", "{", "[]", "{\"entries\": 3}"] {
            try Files.replace(file, with: Array(text.utf8))
            #expect(ContainmentRecords(readingFrom: file).entries.isEmpty)
        }
        var records = ContainmentRecords()
        for number in 0..<1_500 { records.add(entry("m", "\(number)")) }
        #expect(records.entries.count == 1_000)
        #expect(records.entries.first?.build == "500" && records.entries.last?.build == "1499")
    }
}

struct CodeMappingsTests {
    private let mappings = CodeMappings(
        """
        55d0-55e0 r-xp 00001000 08:01 1234                       /usr/bin/a program
        7f00-7f10 r-xp 00000000 00:00 0
        7f20-7f30 r-xp 00002000 08:01 99    /lib/libc.so.6
        nonsense
        """)

    @Test(arguments: [
        (0x55d0 as UInt64, "/usr/bin/a program"), (0x55df, "/usr/bin/a program"),
        (0x7f25, "/lib/libc.so.6"),
    ])
    func `an address is found in its file`(address: UInt64, path: String) {
        #expect(mappings.mapping(of: address)?.path == path)
    }

    @Test(arguments: [0 as UInt64, 0x55e0, 0x7f05, .max])
    func `an address outside of any file is in none`(address: UInt64) {
        #expect(mappings.mapping(of: address) == nil)
    }
}
