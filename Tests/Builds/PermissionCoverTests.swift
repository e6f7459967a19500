import ModuleJSON
import Testing

@testable import KernelBuilds

@Suite struct PermissionCoverTests {
    struct Case: Sendable {
        let kind: String
        let own: String
        let covered: [String]
        let denied: [String]
    }

    private static let cases = [
        Case(
            kind: "read", own: "/home/ann/notes",
            covered: ["/home/ann/notes", "/home/ann/notes/a/b", "/home/ann/notes/", "~/notes/./x"],
            denied: [
                "/home/ann", "/home/ann/notesbook", "/", "/home/ann/notes/../x", "~", "notes",
            ]),
        Case(
            kind: "write", own: "~", covered: ["~/x", "/home/ann/x"], denied: ["/home", "~bob/x"]),
        Case(
            kind: "execute", own: "/", covered: ["/usr/bin/git", "~/x"],
            denied: ["git", "/a/../b"]),
        Case(
            kind: "network", own: "example.org:443", covered: ["example.org:443"],
            denied: ["example.org:80", "example.org:*", "*:443", "example.org", "*"]),
        Case(kind: "network", own: "*:443", covered: ["a.b:443"], denied: ["a.b:80", "*"]),
        Case(kind: "network", own: "[::1]:*", covered: ["[::1]:8080"], denied: ["[::2]:8080"]),
        Case(kind: "network", own: "*", covered: ["a.b:1", "*", "a.b"], denied: []),
        Case(
            kind: "dbus", own: "org.example.*", covered: ["org.example.a", "org.example.*"],
            denied: ["org.example", "org.examples.a", "*"]),
    ]

    @Test(arguments: cases)
    func `a permission covers itself and what lies within it`(one: Case) {
        let cover = PermissionCover(home: "/home/ann")
        let own = JSON.object(JSONObject([(one.kind, .array([.string(one.own)]))]))
        func missing(_ wanted: String) -> PermissionCover.Missing? {
            cover.missing(
                caller: own, callee: .object(JSONObject([(one.kind, .array([.string(wanted)]))])))
        }
        for wanted in one.covered { #expect(missing(wanted) == nil, "\(wanted)") }
        for wanted in one.denied {
            #expect(missing(wanted) == .init(kind: one.kind, value: wanted), "\(wanted)")
        }
    }

    @Test func `each kind counts for itself, and the first that is missing is named`() {
        let cover = PermissionCover(home: nil)
        let callee: JSON = ["read": ["/a"], "write": ["/a", "/b"], "execute": ["/bin/sh"]]
        #expect(cover.missing(caller: callee, callee: callee) == nil)
        #expect(cover.missing(caller: callee, callee: [:]) == nil)
        #expect(
            cover.missing(caller: ["read": ["/"], "write": ["/a"]], callee: callee)
                == .init(kind: "write", value: "/b"))
        #expect(cover.missing(caller: [:], callee: callee) == .init(kind: "read", value: "/a"))
        #expect(cover.missing(caller: ["read": ["~"]], callee: ["read": ["~/x"]]) == nil)
    }
}
