import KernelConfig
import Synchronization
import Testing

/// What is asked of a keyring, and how often.
struct SecretShelfTests {
    private struct Silent: Error {}

    @Test func `a keyring that hangs is waited for once, whoever wants something of it`() {
        let asked = Mutex<[String]>([])
        var origin = SecretSource(variable: { _ in nil }, file: { _ in nil })
        origin.keyring = { name in
            asked.withLock { $0.append(name) }
            throw Silent()
        }
        // As if a second had passed.
        let shelf = SecretShelf(origin, silenceNanoseconds: 0)
        for name in ["a", "b", "a", "c"] {
            #expect(throws: Silent.self) { try shelf.source.keyring(name) }
        }
        #expect(asked.withLock { $0 } == ["a"])
        #expect(!shelf.isOld)
    }

    @Test func `one that refuses at once is asked for each name`() {
        let asked = Mutex<[String]>([])
        var origin = SecretSource(variable: { _ in nil }, file: { _ in nil })
        origin.keyring = { name in
            asked.withLock { $0.append(name) }
            throw Silent()
        }
        let shelf = SecretShelf(origin)
        for name in ["a", "b", "a"] {
            #expect(throws: Silent.self) { try shelf.source.keyring(name) }
        }
        #expect(asked.withLock { $0 } == ["a", "b"])
    }
}
