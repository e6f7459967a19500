import Glibc
import KernelSystem
import KernelTesting
import Testing

@testable import KernelHTTP

/// A name server that does not answer, as in a network without a way out. Only root can give a
/// thread a list of name servers of its own.
@Suite(.timeLimit(.minutes(2)), .blocking, .enabled(if: ProcessFacts.user == 0))
struct NameServerTests {
    /// glibc itself waits for ten seconds and more.
    private static let soonNanoseconds: UInt64 = 5_000_000_000

    @Test func `holds up neither the deadline of who asks for a name nor anybody else`() throws {
        let server = try LoopbackServer { connection, _ in
            if connection.request() != nil { connection.answer("here") }
        }
        let silent = try SilentNameServer()
        defer { silent.close() }
        let ended = Condition<[String]?>(nil)
        try SystemThread.start(name: "apart") {
            let lines = Result { try Self.ask(silent, server.address) }
            ended.withLock { $0 = (try? lines.get()) ?? ["\(lines)"] }
            ended.broadcast()
        }
        let lines = try #require(ended.wait { $0 })
        #expect(lines == ["cancelled", "connectDeadline", "here"])
    }

    /// On a thread of its own, whose namespace those that it starts are born in.
    private static func ask(_ silent: SilentNameServer, _ address: String) throws -> [String] {
        try silent.useHere()
        let client = HTTPClient()
        defer { client.close() }
        let given = Ear(), late = Ear(), here = Ear()
        let start = SystemClock.monotonicNanoseconds
        let exchange = client.begin(request("http://one.example.org/"), given)
        client.begin(request("http://two.example.org/"), late)
        // The names are being asked for.
        try silent.waitForQuestions()
        client.cancel(exchange)
        let first = try given.waitForEnd()
        let second = try late.waitForEnd()
        client.begin(request(address), here)
        _ = try here.waitForEnd()
        guard SystemClock.monotonicNanoseconds - start < soonNanoseconds else {
            return ["after \((SystemClock.monotonicNanoseconds - start) / 1_000_000) ms"]
        }
        return ["\(first.map(\.kind)!)", "\(second.map(\.kind)!)", here.text]
    }

    private static func request(_ url: String) -> HTTPRequest {
        var request = HTTPRequest(url)
        request.reach = .everything
        request.limits.connectSeconds = 0.5
        return request
    }
}

/// Takes questions and answers none.
private final class SilentNameServer: Sendable {
    private let folder: TemporaryFolder
    private let socket: Int32
    private let list: String

    init() throws {
        folder = try TemporaryFolder()
        list = folder.file("resolv.conf")
        // An address of its own, where port 53 is surely nobody's.
        try Files.replace(list, with: Array("nameserver 127.9.53.9\n".utf8), permissions: 0o644)
        socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(53).bigEndian
        address.sin_addr.s_addr = inet_addr("127.9.53.9")
        let number = socket
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw SystemError("bind", "127.9.53.9:53", code: errno) }
    }

    /// For the calling thread and those that it starts.
    func useHere() throws {
        typealias Unshare = @convention(c) (Int32) -> Int32
        // Glibc's overlay hides it behind _GNU_SOURCE.
        let symbol = try #require(dlsym(nil, "unshare"))
        // That is its type in C.
        let unshare = unsafeBitCast(symbol, to: Unshare.self)
        let newMounts: Int32 = 0x20000
        guard unshare(newMounts) == 0,
            mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0,
            mount(list, "/etc/resolv.conf", nil, UInt(MS_BIND), nil) == 0
        else { throw SystemError("take the name server", list, code: errno) }
    }

    /// Of both names.
    func waitForQuestions() throws {
        var names: Set<String> = []
        var bytes = [UInt8](repeating: 0, count: 512)
        while names.count < 2 {
            var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 20_000) > 0 else {
                throw SystemError("hear a question", list, code: ETIMEDOUT)
            }
            let count = recv(socket, &bytes, bytes.count, 0)
            // Behind the head stands the first label, with its length before it.
            if count > 16 { names.insert(String(decoding: bytes[13..<16], as: UTF8.self)) }
        }
    }

    func close() {
        Glibc.close(socket)
    }
}
