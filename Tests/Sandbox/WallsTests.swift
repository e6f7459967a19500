import KernelBase
import KernelSandbox
import KernelTesting
import ModuleJSON
import Testing

struct WallsTests {
    private let places = PathPlaces(
        home: "/home/ann", environment: ["XDG_STATE_HOME": "/var/ann", "XDG_CACHE_HOME": "odd"],
        roots: ["/home/ann/notes", "/srv/shared"])
    private let machine = MachineFiles(rules: [Walls.Rule("/usr/lib", .read)])

    private func permissions(_ json: JSON) throws -> Permissions { try Permissions(manifest: json) }

    // MARK: Permissions

    @Test func `the manifest's lists are read, and what is not known is left alone`() throws {
        let read = try permissions(["read": ["~"], "write": [], "dbus": ["a.b"], "odd": 7])
        #expect(read[.read] == ["~"] && read[.write] == [] && read[.dbus] == ["a.b"])
    }

    @Test(
        arguments: [
            (["read": "~"], "permissions.read is not a list"),
            (["write": ["~", 1]], "permissions.write[1] is not a text"),
            (["read": [""]], "permissions.read[0] is not a text"),
            (["read": ["a\u{0}b"]], "permissions.read[0] is no path"),
            ([], "permissions is not an object"),
        ] as [(JSON, String)])
    func `a malformed permission is refused with its place`(json: JSON, words: String) {
        do {
            _ = try permissions(json)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }

    // MARK: Paths

    @Test(arguments: [
        ("~", ["/home/ann"]), ("~/a/../b/./c/", ["/home/ann/b/c"]), ("/etc//x", ["/etc/x"]),
        ("$HOME/x", ["/home/ann/x"]), ("$XDG_STATE_HOME", ["/var/ann"]),
        ("$XDG_CACHE_HOME/k", ["/home/ann/.cache/k"]),
        ("$ROOTS", ["/home/ann/notes", "/srv/shared"]),
        ("$ROOTS/a", ["/home/ann/notes/a", "/srv/shared/a"]), ("/../..", ["/"]),
    ])
    func `the beginnings of paths are replaced`(entry: String, paths: [String]) throws {
        #expect(try places.expand(entry) == paths)
    }

    @Test(arguments: ["notes", "./x", "$PATH/x", "$", "~bob/x"])
    func `a path that begins nowhere is refused`(entry: String) {
        #expect(throws: PermissionProblem.self) { try places.expand(entry) }
    }

    // MARK: The configuration

    @Test func `a list in the configuration narrows`() throws {
        let asked = try permissions(["read": ["~"], "write": ["~"]])
        let change = PermissionChange([.read: ["~/a", "/home/ann/b"], .write: []])
        let left = try change.applied(to: asked, in: places)
        #expect(left[.read] == ["~/a", "/home/ann/b"] && left[.write] == [])
    }

    @Test func `more than the manifest asks for has to be said`() throws {
        let asked = try permissions(["read": ["~/a"]])
        for entry in ["~", "~/ab", "/etc"] {
            do {
                _ = try PermissionChange([.read: [entry]]).applied(to: asked, in: places)
                Issue.record("\(entry) was given")
            } catch {
                #expect("\(error)".contains("write \"+\(entry)\""), "\(error)")
            }
        }
        let added = try PermissionChange([.read: ["+/etc"]]).applied(to: asked, in: places)
        #expect(added[.read] == ["~/a", "/etc"])
        let both = try PermissionChange([.read: ["~/a/b", "+/etc"]]).applied(to: asked, in: places)
        #expect(both[.read] == ["~/a/b", "/etc"])
        let named = PermissionChange([.network: ["x:1"]])
        #expect(throws: PermissionProblem.self) { try named.applied(to: asked, in: places) }
    }

    // MARK: Walls

    private func walls(_ json: JSON) throws -> Walls {
        try WallPlan(module: "x", permissions: permissions(json))
            .walls(library: "/store/x.so", in: places, machine: machine)
    }

    @Test func `without permissions only the machine's files and the library are open`() throws {
        let walls = try walls([:])
        #expect(Set(walls.rules.map(\.path)) == ["/usr/lib", "/store/x.so"])
        #expect(walls.rules.allSatisfy { $0.access == .read })
        #expect(!walls.allowsWriting && !walls.allowsChanges && walls.strength == .required)
    }

    @Test func `network, buses and programs open nothing`() throws {
        let all: JSON = ["network": ["a:1"], "dbus": ["a.b"], "execute": ["/bin/sh"]]
        #expect(try walls(all) == walls([:]))
    }

    @Test func `who may write may read, and only beneath`() throws {
        let walls = try walls(["read": ["/r"], "write": ["/w"]])
        #expect(walls.allowsWriting && !walls.allowsChanges)
        #expect(walls.allow(.write, of: "/w/a") && walls.allow(.read, of: "/w"))
        #expect(walls.allow(.read, of: "/r/a") && !walls.allow(.write, of: "/r/a"))
        #expect(!walls.allow(.read, of: "/rr") && !walls.allow(.read, of: "/"))
    }

    /// A folder that a module may write it could replace by a link.
    @Test func `a rule within a folder that may be written is left out`() throws {
        let walls = try walls(["read": ["/w/inner", "/r", "/r/deep"], "write": ["/w", "/r/own"]])
        let paths = Set(walls.rules.map(\.path))
        #expect(paths.contains("/w") && !paths.contains("/w/inner"))
        #expect(paths.contains("/r") && !paths.contains("/r/deep") && paths.contains("/r/own"))
    }

    @Test func `the module's own folder is one that it may write`() throws {
        var plan = WallPlan(module: "x", permissions: try permissions(["read": ["/own/inner"]]))
        func walls() throws -> Walls {
            try plan.walls(library: "/store/x.so", folder: "/own", in: places, machine: machine)
        }
        #expect(Set(try walls().rules.map(\.path)) == ["/usr/lib", "/store/x.so", "/own"])
        #expect(try walls().allowsWriting && walls().allowsChanges)
        plan.permissions[.read] = ["/r"]
        #expect(try walls().allowsWriting && !walls().allowsChanges)
    }

    @Test func `walls are read back as they were written`() throws {
        var walls = try walls(["read": ["/r"], "write": ["~"]])
        walls.limits.memoryBytes = 7
        var writer = ByteWriter()
        walls.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try Walls(from: &reader) == walls)
        for count in 0..<writer.bytes.count {
            var cut = ByteReader(Array(writer.bytes[..<count]))
            #expect(throws: (any Error).self) { try Walls(from: &cut) }
        }
    }

    @Test func `a report names what is missing and whether that matters`() throws {
        let report = WallReport(
            missing: [.files: "no Landlock", .network: "not allowed"], landlockVersion: 0,
            absentPaths: ["/nowhere"])
        #expect(try WallReport(report.bytes) == report)
        #expect(report.problem == "files (Landlock): no Landlock")
        #expect(report.standing.contains(.systemCalls) && !report.standing.contains(.files))
        #expect(WallReport(missing: [.network: "x"], landlockVersion: 2).problem == nil)
        #expect("\(report)".contains("network namespace: not allowed"))
    }
}
