import KernelBase
import Testing

@testable import KernelBuilds

/// A module in one line: `notes 1.0.0 | provides | requires`, where a question mark behind a range
/// makes it optional: `notes 1.0.0 | memo 1.2.0 | storage >=1 <2, index *?`.
func member(
    _ text: String, choices: [String: String] = [:], obstacle: String? = nil
) throws -> Relations.Member {
    let parts = text.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.split(separator: ",").map { $0.split(separator: " ").map(String.init) } }
    let own = parts[0][0]
    return Relations.Member(
        id: own[0], version: try #require(SemanticVersion(own[1])),
        provides: try (parts.count > 1 ? parts[1] : []).filter { !$0.isEmpty }.map {
            Manifest.Provided(name: $0[0], version: try #require(SemanticVersion($0[1])))
        },
        requires: try (parts.count > 2 ? parts[2] : []).filter { !$0.isEmpty }.map { words in
            let range = words.dropFirst().joined(separator: " ")
            let isOptional = range.hasSuffix("?")
            return Manifest.Required(
                name: words[0],
                range: try #require(VersionRange(isOptional ? String(range.dropLast()) : range)),
                isOptional: isOptional)
        }, choices: choices, obstacle: obstacle)
}

@Suite struct RelationsTests {
    private func relations(_ members: String...) throws -> Relations {
        Relations(try members.map { try member($0) })
    }

    private func sentence(_ module: String, _ members: Relations.Member...) -> String? {
        Relations(members).problems[module]?.description
    }

    // MARK: Binding

    @Test func `a module is served by who provides the interface`() throws {
        let found = try relations("notes 1.0.0 || storage >=1.2 <2", "store 3.0.0 | storage 1.4.0")
        #expect(found.provider(of: "storage", for: "notes")?.id == "store")
        #expect(found.provider(of: "storage", for: "notes")?.version == SemanticVersion(1, 4, 0))
        #expect(found.startLevels == [["store"], ["notes"]])
        #expect(found.problems.isEmpty)
        #expect(found.dependants(of: "store") == ["notes"])
    }

    @Test func `every module provides its own id at its own version`() throws {
        let found = try relations("notes 1.0.0 || fs >=2", "fs 2.1.0")
        #expect(found.provider(of: "fs", for: "notes")?.version == SemanticVersion(2, 1, 0))
    }

    @Test func `of several providers the highest version in range is taken, then the first id`()
        throws
    {
        let user = "notes 1.0.0 || storage >=1 <3"
        let old = "a 1.0.0 | storage 1.9.0"
        let (new, same) = ("c 1.0.0 | storage 2.1.0", "b 1.0.0 | storage 2.1.0")
        let tooNew = "d 1.0.0 | storage 3.0.0"
        #expect(
            try relations(user, old, new, tooNew).provider(of: "storage", for: "notes")?.id == "c")
        #expect(
            try relations(user, new, same, old).provider(of: "storage", for: "notes")?.id == "b")
    }

    @Test func `a module may provide an interface in two versions`() throws {
        let store = "store 2.0.0 | storage 1.4.0, storage 2.0.0"
        let found = try relations("old 1.0.0 || storage <2", "new 1.0.0 || storage >=2", store)
        #expect(found.provider(of: "storage", for: "old")?.version == SemanticVersion(1, 4, 0))
        #expect(found.provider(of: "storage", for: "new")?.version == SemanticVersion(2, 0, 0))
    }

    @Test func `no other module takes the name of one that is there`() throws {
        let user = "notes 1.0.0 || fs >=1"
        let (fs, imitation) = ("fs 1.0.0", "evil 1.0.0 | fs 9.0.0")
        #expect(try relations(user, fs, imitation).provider(of: "fs", for: "notes")?.id == "fs")
        #expect(try relations(user, imitation).provider(of: "fs", for: "notes")?.id == "evil")
        let outdated = try relations("notes 1.0.0 || fs >=2", fs, imitation)
        #expect(
            outdated.problems["notes"]?.description
                == "notes needs fs >=2: fs is 1.0.0, which is too old; install a build of fs that "
                + "provides fs >=2, or one of notes that takes fs 1.0.0; or have it use evil: "
                + "write fs = \"evil\" under [modules.notes.providers]")
    }

    @Test func `the configuration chooses among providers`() throws {
        let chosen = try member("notes 1.0.0 || storage *", choices: ["storage": "a"])
        let others = try [member("a 1.0.0 | storage 1.0.0"), member("b 1.0.0 | storage 2.0.0")]
        let found = Relations([chosen] + others)
        #expect(found.provider(of: "storage", for: "notes")?.id == "a")
    }

    @Test func `a provider that is not in service is passed over`() throws {
        let found = Relations([
            try member("notes 1.0.0 || storage *"), try member("a 1.0.0 | storage 1.0.0"),
            try member("b 1.0.0 | storage 2.0.0", obstacle: "it is switched off"),
            try member("c 1.0.0 | storage 3.0.0 | missing *"),
        ])
        #expect(found.provider(of: "storage", for: "notes")?.id == "a")
        #expect(found.startOrder == ["a", "notes"])
    }

    @Test func `an optional requirement is met where it can be`() throws {
        let user = "notes 1.0.0 || storage >=1?"
        #expect(
            try relations(user, "store 1.0.0 | storage 1.0.0").dependants(of: "store") == ["notes"])
        let alone = try relations(user)
        #expect(alone.problems.isEmpty && alone.startOrder == ["notes"])
        #expect(
            alone.absences["notes"]?["storage"]
                == "notes needs storage >=1: no module provides it; install one that does")
    }

    @Test func `an optional requirement never closes a cycle`() throws {
        let found = try relations("a 1.0.0 || b *", "b 1.0.0 || a *?")
        #expect(found.startOrder == ["b", "a"])
        #expect(found.provider(of: "a", for: "b") == nil)
        #expect(found.absences["b"]?["a"] == "a needs b itself, which would be a cycle")
        let both = try relations("a 1.0.0 || b *?", "b 1.0.0 || a *?")
        #expect(both.startOrder == ["b", "a"])
        let detour = try relations(
            "a 1.0.0 || x *", "b 1.0.0 | x 2.0.0 | y *?", "c 1.0.0 | y 1.0.0",
            "d 1.0.0 | y 2.0.0 | a *")
        #expect(detour.provider(of: "y", for: "b")?.id == "c")
    }

    // MARK: Sentences

    @Test func `what nobody provides is named, with what was perhaps meant`() throws {
        #expect(
            sentence("notes", try member("notes 1.0.0 || storage >=1.2 <2"))
                == "notes needs storage >=1.2 <2: no module provides it; install one that does")
        #expect(
            sentence(
                "notes", try member("notes 1.0.0 || storge *"),
                try member("store 1.0.0 | storage 1.0.0"))
                == "notes needs storge: no module provides it; did you mean \"storage\"?; "
                + "install one that does")
        #expect(
            sentence("notes", try member("notes 1.0.0 | storage 1.0.0 | storage *"))
                == "notes needs storage: only notes itself provides it; install another module "
                + "that does")
    }

    @Test func `a version out of range is named, and what would do`() throws {
        #expect(
            sentence(
                "notes", try member("notes 1.0.0 || storage >=1.2 <2"),
                try member("store 2.0.0 | storage 2.0.0"))
                == "notes needs storage >=1.2 <2: store 2.0.0 provides storage 2.0.0, which is too "
                + "new; install a build of store that provides storage >=1.2 <2, or one of notes "
                + "that takes storage 2.0.0")
        #expect(
            sentence(
                "notes", try member("notes 1.0.0 || s >=2 <3"),
                try member("a 1.0.0 | s 1.0.0, s 4.0.0, s 1.5.0"), try member("b 1.0.0 | s 3.0.0"))
                == "notes needs s >=2 <3: a 1.0.0 provides s 4.0.0, which is too new, b 1.0.0 "
                + "provides s 3.0.0, which is too new, a 1.0.0 provides s 1.5.0, which is too old, "
                + "and 1 more will not do either; install a build of a that provides s >=2 <3, or "
                + "one of notes that takes s 4.0.0")
    }

    @Test func `a provider out of service is named with its own reason`() throws {
        let text = sentence(
            "notes", try member("notes 1.0.0 || storage *"),
            try member("store 1.0.0 | storage 1.0.0 | disk >=2"), try member("disk 1.0.0"))
        #expect(
            text
                == "notes needs storage: store 1.0.0 provides storage 1.0.0, but is not in service "
                + "(store needs disk >=2: disk is 1.0.0, which is too old); put store right, and "
                + "notes comes into service by itself")
        #expect(
            sentence(
                "diary", try member("diary 1.0.0 || notes *"),
                try member("notes 1.0.0 || store *"), try member("store 1.0.0 || disk *"))
                == "diary needs notes: notes is 1.0.0, but is not in service (store needs disk: no "
                + "module provides it); put store right, and diary comes into service by itself")
        #expect(
            sentence(
                "notes", try member("notes 1.0.0 || fs *"),
                try member("fs 1.0.0", obstacle: "it is switched off"))
                == "notes needs fs: fs is 1.0.0, but is not in service (it is switched off); put "
                + "fs right, and notes comes into service by itself")
    }

    @Test func `a choice of the configuration that will not do is named`() throws {
        func refused(_ choice: String) throws -> String? {
            sentence(
                "notes", try member("notes 1.0.0 || storage >=1 <2", choices: ["storage": choice]),
                try member("store 1.0.0 | storage 1.5.0"), try member("other 1.0.0"),
                try member("new 1.0.0 | storage 2.0.0"))
        }
        #expect(
            try refused("stoer")
                == "notes needs storage >=1 <2: the configuration chooses stoer, and there is no "
                + "such module; change storage under [modules.notes.providers]; or have it use "
                + "store: write storage = \"store\" under [modules.notes.providers]")
        #expect(try #require(try refused("other")).contains("other, which does not provide it"))
        #expect(
            try #require(try refused("new")).hasPrefix(
                "notes needs storage >=1 <2: as the configuration chooses, new 1.0.0 provides "
                    + "storage 2.0.0, which is too new"))
        #expect(try #require(try refused("notes")).contains("the configuration chooses itself"))
    }

    @Test func `a cycle is named as a chain, from each of its modules`() throws {
        let found = try relations(
            "a 1.0.0 || x *", "b 1.0.0 | x 1.0.0 | c *", "c 1.0.0 || a *", "d 1.0.0 || a *")
        #expect(
            found.problems["a"]?.description
                == "a would have to start before itself: a needs x of b, b needs c, and c needs a; "
                + "make one of these optional in its manifest, or choose another provider, for "
                + "example x under [modules.a.providers]")
        #expect(
            try #require(found.problems["c"]).cause.hasSuffix(
                "c needs a, a needs x of b, and b needs c"))
        #expect(try #require(found.problems["d"]).cause.hasPrefix("d needs a: a is 1.0.0, but is"))
        #expect(found.startOrder.isEmpty)
        let itself = try relations("a 1.0.0 || a *")
        #expect(try #require(itself.problems["a"]).cause == "a needs a: only a itself provides it")
    }

    @Test func `a name with dots is quoted in what to write`() throws {
        let text = sentence(
            "notes", try member("notes 1.0.0 || org.x *", choices: ["org.x": "gone"]),
            try member("store 1.0.0 | org.x 1.0.0"))
        #expect(
            try #require(text).hasSuffix(
                "write \"org.x\" = \"store\" under [modules.notes.providers]"))
    }

    // MARK: Replacing

    @Test func `a change names those that it would break`() throws {
        let before = try relations("a 1.0.0 || s <2", "b 1.0.0 || s *", "s 1.0.0", "c 1.0.0 || z *")
        let after = try relations("a 1.0.0 || s <2", "b 1.0.0 || s *", "s 2.0.0", "c 1.0.0 || z *")
        #expect(before.broken(in: after, besides: "s").map(\.module) == ["a"])
        #expect(after.broken(in: before, besides: "s").isEmpty)
        #expect(after.provider(of: "s", for: "b")?.version == SemanticVersion(2, 0, 0))
    }
}
