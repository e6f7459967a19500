import KernelSandbox
import ModuleJSON
import Testing

@testable import KernelGenerations

@Suite struct ReachTests {
    private static let places = PathPlaces(
        home: "/home/ann", environment: [:], roots: ["/home/ann/work"])

    private func reach(_ lists: JSON) throws -> Reach {
        try Reach(Permissions(manifest: lists), in: Self.places)
    }

    struct Case: Sendable {
        let kind: PermissionKind
        let own: String
        let covered: [String]
        let denied: [String]
    }

    private static let cases = [
        Case(
            kind: .read, own: "/home/ann/notes",
            covered: ["/home/ann/notes", "/home/ann/notes/a/b", "/home/ann/notes/", "~/notes/./x"],
            denied: ["/home/ann", "/home/ann/notesbook", "/", "/home/ann/notes/../x", "~"]),
        Case(kind: .write, own: "~", covered: ["~/x", "/home/ann/x", "$ROOTS"], denied: ["/home"]),
        Case(kind: .read, own: "$ROOTS", covered: ["~/work/a"], denied: ["~/worker"]),
        Case(kind: .execute, own: "/", covered: ["/usr/bin/git", "~/x", "/a/../b"], denied: []),
        Case(
            kind: .network, own: "example.org:443", covered: ["example.org:443", "example.org"],
            denied: ["example.org:80", "example.org:*", "*:443", "a.example.org", "*"]),
        Case(
            kind: .network, own: "*.example.org",
            covered: ["a.example.org:443", "a.b.example.org"],
            denied: ["example.org", "a.example.org:80", "badexample.org", "*"]),
        Case(kind: .network, own: "*:443", covered: ["a.b:443"], denied: ["a.b:80", "*"]),
        Case(kind: .network, own: "[::1]:*", covered: ["[::1]:8080"], denied: ["[::2]:8080"]),
        Case(
            kind: .network, own: "*", covered: ["a.b:1", "*", "a.b", "*.b"],
            denied: ["127.0.0.1:80", "localhost:80", "10.0.0.1", "[::1]:1"]),
        Case(
            kind: .dbus, own: "org.example.*", covered: ["org.example.a", "org.example.*"],
            denied: ["org.example", "org.examples.a", "*"]),
    ]

    @Test(arguments: cases)
    func `a permission covers itself and what lies within it`(one: Case) throws {
        func lists(_ entry: String) -> JSON {
            .object(JSONObject([(one.kind.rawValue, .array([.string(entry)]))]))
        }
        let own = try reach(lists(one.own))
        for wanted in one.covered {
            #expect(own.missing(for: try reach(lists(wanted))) == nil, "\(wanted)")
        }
        for wanted in one.denied {
            #expect(own.missing(for: try reach(lists(wanted)))?.kind == one.kind, "\(wanted)")
        }
    }

    @Test func `each kind counts for itself, and the first that is missing is named`() throws {
        let callee = try reach(["read": ["/a"], "write": ["/a", "/b"], "execute": ["/bin/sh"]])
        #expect(callee.missing(for: callee) == nil)
        #expect(callee.missing(for: try reach([:])) == nil)
        #expect(
            try reach(["read": ["/"], "write": ["/a"]]).missing(for: callee)
                == .init(kind: .write, value: "/b"))
        #expect(try reach([:]).missing(for: callee) == .init(kind: .read, value: "/a"))
    }

    @Test func `who may write somewhere may read there too`() throws {
        let own = try reach(["write": ["/a"]])
        #expect(own.missing(for: try reach(["read": ["/a/b"]])) == nil)
        #expect(try reach(["read": ["/a"]]).missing(for: own) == .init(kind: .write, value: "/a"))
    }
}
