import Glibc
import Testing

@testable import FilesystemLogic

@Suite struct ReadingTests {
    private let scratch = Scratch()

    private func read(_ path: String, _ reading: Reading = Reading()) throws -> String {
        try reading.run(try scratch.roots().resolve(path).openFile(), pulse: Pulse())
    }

    @Test(arguments: ["", "one", "one\n", "one\ntwo", "\n\n", "größe\r\nzwei\r\n"])
    func `a text is given as it is`(text: String) throws {
        scratch.write("work/a", text)
        #expect(try read("a") == text)
    }

    @Test func `a range of lines says how to go on, and going on gives the rest`() throws {
        let lines = (1...10).map { "line \($0)\n" }
        scratch.write("work/a", lines.joined())
        #expect(
            try read("a", Reading(first: 3, linesMax: 2))
                == "line 3\nline 4\n[the file goes on: continue with first=5 offset=28]")
        #expect(
            try read("a", Reading(first: 5, offset: 28, showsNumbers: true))
                == (5...10).map { "\($0)\tline \($0)\n" }.joined())
        #expect(try read("a", Reading(first: 5)) == lines[4...].joined())
    }

    @Test func `a range far inside a large file is found`() throws {
        let line = String(repeating: "x", count: 99) + "\n"
        scratch.write("work/a", String(repeating: line, count: 30_000) + "end\n")
        #expect(try read("a", Reading(first: 30_001)) == "end\n")
        #expect(try read("a", Reading(first: 30_001, offset: 3_000_000)) == "end\n")
    }

    @Test func `the limit of bytes cuts between lines, or a long line between characters`() throws {
        scratch.write("work/a", "12345\n12345\n12345\n")
        #expect(
            try read("a", Reading(bytesMax: 13))
                == "12345\n12345\n[the file goes on: continue with first=3 offset=12]")
        scratch.write("work/b", String(repeating: "ö", count: 50))
        let cut = try read("b", Reading(bytesMax: 11))
        #expect(cut == "ööööö\n[line 1 goes on: continue with first=1 offset=10]")
        #expect(try read("b", Reading(offset: 10)) == String(repeating: "ö", count: 45))
    }

    @Test func `a line or an offset beyond the end is refused with what there is`() throws {
        scratch.write("work/a", "one\ntwo\n")
        #expect(try read("a", Reading(first: 2)) == "two\n")
        for first in [3, 4, 100] {
            let fault = fault { _ = try read("a", Reading(first: first)) }
            #expect(fault?.description.hasSuffix("has only 2 lines.") == true, "\(first)")
        }
        #expect(fault { _ = try read("a", Reading(offset: 100)) }?.kind == .invalid)
    }

    @Test func `bytes that are not UTF-8 are shown as such, and said`() throws {
        scratch.write(
            Array("work/a".utf8), Array("gr".utf8) + [0xF6] + Array("sse und mehr\n".utf8))
        #expect(
            try read("a")
                == "gr\u{FFFD}sse und mehr\n[bytes that are not UTF-8 are shown as \u{FFFD}]")
    }

    @Test(
        arguments: [
            ([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0], "ELF program or library, 8 bytes"),
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A], "PNG image, 6 bytes"),
            ([0xFF, 0xFE, 0x61, 0], "UTF-16 text, 4 bytes"),
            ([1, 2, 3, 0, 5], "data, 5 bytes"),
            (Array(repeating: 0xFE, count: 64), "data, 64 bytes"),
        ] as [([UInt8], String)])
    func `what is not text is refused with its type and size`(
        bytes: [UInt8], sentence: String
    ) throws {
        scratch.write(Array("work/a".utf8), bytes)
        let fault = fault { _ = try read("a") }
        #expect(fault?.kind == .unsupported)
        #expect(fault?.description.contains(sentence) == true, "\(fault?.description ?? "read")")
    }

    @Test func `a text with a zero byte far inside is refused`() throws {
        scratch.write("work/a", String(repeating: "x", count: 10_000) + "\0")
        #expect(fault { _ = try read("a") }?.kind == .unsupported)
    }

    @Test func `pipes, sockets and folders are refused without waiting`() throws {
        #expect(mkfifo("\(scratch.work)/pipe", 0o600) == 0)
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: Array("\(scratch.work)/socket".utf8))
        }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        for (path, kind) in [("pipe", "a named pipe"), ("socket", "a socket"), (".", "a folder")] {
            let fault = fault { _ = try read(path) }
            #expect(fault?.kind == .invalid)
            #expect(fault?.description.contains("is \(kind)") == true)
        }
        let devices = try Roots(
            [RawPath(text: "/dev")], protection: Protection(allowsHidden: false, closed: []))
        let fault = fault { _ = try devices.resolve("/dev/zero").openFile() }
        #expect(fault?.description.contains("a device") == true)
    }

    @Test func `a file of no stated size is read all the same`() throws {
        let roots = try Roots(
            [RawPath(text: "/proc")], protection: Protection(allowsHidden: false, closed: []))
        let file = try roots.resolve("/proc/version").openFile()
        #expect(try Reading().run(file, pulse: Pulse()).hasPrefix("Linux version"))
    }

    @Test func `a cancelled read of a far line ends`() throws {
        scratch.write("work/a", String(repeating: "x\n", count: 1000))
        let file = try scratch.roots().resolve("a").openFile()
        let pulse = Pulse(isCancelled: { true })
        #expect(fault { _ = try Reading(first: 900).run(file, pulse: pulse) }?.kind == .cancelled)
    }

    @Test(.enabled(if: !Scratch.isRoot))
    func `a closed file is refused with the system's reason`() throws {
        scratch.write("work/a", "")
        scratch.setMode("work/a", 0)
        let fault = fault { _ = try read("a") }
        #expect(fault?.kind == .denied)
        #expect(fault?.description == "\(scratch.work)/a cannot be read: Permission denied.")
    }
}
