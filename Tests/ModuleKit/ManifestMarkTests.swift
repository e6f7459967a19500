import Synchronization
import Testing

@testable import ModuleKit

/// Where the mark is the same, so is the manifest: the kernel does not read it again then.
@Suite(.serialized) struct ManifestMarkTests {
    /// Says of itself what it is told to.
    private struct Changing: Module {
        static let said = Mutex(Manifest(id: "changing", version: "1.0.0", about: "Changes."))
        static let isIdempotent = Mutex(false)
        static var manifest: Manifest { said.withLock { $0 } }
        static var tasks: [TaskOf<Changing>] {
            [
                TaskOf(
                    "nothing", "Does nothing.", risk: .read,
                    idempotent: isIdempotent.withLock { $0 }, run: nothing)
            ]
        }

        init(_ host: Host) {}
        func nothing(_ call: Call) async throws -> String { "" }
    }

    @Test func `all that a manifest says is in its mark`() {
        let changes: [@Sendable (inout Manifest) -> Void] = [
            { _ in }, { $0.version = "1.0.1" }, { $0.about = "Changed." },
            { $0.permissions.read = ["~"] }, { $0.permissions.write = ["~"] },
            { $0.permissions.read = ["~", "/"] }, { $0.permissions.network = ["a:1"] },
            { $0.permissions.dbus = ["a.b"] }, { $0.permissions.execute = ["/bin/sh"] },
            { $0.provides = [.init("storage", version: "1.0.0")] },
            { $0.requires = [.init("storage", range: "*")] },
            { $0.requires = [.init("storage", range: "*", optional: true)] },
        ]
        var marks: Set<UInt64> = []
        for change in changes {
            let before = Changing.said.withLock { said in
                defer { change(&said) }
                return said
            }
            marks.insert(ManifestMark.of(Changing.self))
            #expect(ManifestMark.of(Changing.self) == ManifestMark.of(Changing.self))
            Changing.said.withLock { $0 = before }
        }
        Changing.isIdempotent.withLock { $0 = true }
        marks.insert(ManifestMark.of(Changing.self))
        #expect(marks.count == changes.count + 1)
    }
}
