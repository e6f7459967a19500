import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Testing

@testable import KernelServer

/// `docs/wire.md` and the server know the same messages.
@Suite(.blocking)
struct WirePageTests {
    /// The first cells of the tables beneath a heading that hold a name such as `call.run`.
    private static func names(under heading: String) throws -> Set<String> {
        let path = Path.join(Path.directory(of: #filePath), "../../docs/wire.md")
        let page = String(decoding: try Files.read(path, bytesMax: 1 << 20), as: UTF8.self)
        let start = try #require(page.split(separator: "\n## ").first { $0.hasPrefix(heading) })
        return Set(
            start.split(separator: "\n").compactMap { line -> String? in
                guard line.hasPrefix("| `") else { return nil }
                let name = line.dropFirst(3).prefix { $0 != "`" }
                return name.contains(".") ? String(name) : nil
            })
    }

    @Test func `every message is described, and no other`() throws {
        let asked = try Self.names(under: "What a client may ask")
        #expect(asked == WireMethod.requests.subtracting([Introduction.method]))
        let told = try Self.names(under: "What the kernel says of its own accord")
        #expect(told == WireMethod.notifications)
    }

    @Test func `the server knows every method`() throws {
        let bench = try ServerBench()
        let client = try bench.client()
        for method in WireMethod.requests.sorted() {
            guard case .failure(let error) = try client.ask(method) else { continue }
            #expect(error.code != WireError.unknownMethod("").code, "\(method)")
        }
    }
}
