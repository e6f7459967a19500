import DesktopTesting
import KernelBase
import KernelHosting
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

@testable import KernelBrokers

/// Calls on a bus of its own. `.blocking`: each test waits for processes.
@Suite(.timeLimit(.minutes(3)), .blocking, .enabled(if: PrivateBus.isPossible))
struct BusErrandTests {
    private let bench = BusBench()

    private func json(_ outcome: CallOutcome) throws -> JSON {
        #expect(outcome.status == .ok, "\(outcome.message)")
        return try JSON(parsing: outcome.value)
    }

    // MARK: Values

    struct Value: Sendable {
        let signature: String
        let value: JSON
    }

    private static let values: [Value] = [
        Value(signature: "y", value: 255), Value(signature: "b", value: true),
        Value(signature: "n", value: -32_768), Value(signature: "q", value: 65_535),
        Value(signature: "i", value: -2_147_483_648), Value(signature: "u", value: 4_294_967_295),
        Value(signature: "x", value: -9_007_199_254_740_991),
        Value(signature: "x", value: "-9223372036854775808"),
        Value(signature: "t", value: "18446744073709551615"), Value(signature: "t", value: 7),
        Value(signature: "d", value: -0.25), Value(signature: "d", value: "Infinity"),
        Value(signature: "s", value: "Zürich 日本 \""), Value(signature: "o", value: "/a/b_1"),
        Value(signature: "g", value: "a{sv}"), Value(signature: "as", value: ["a", ""]),
        Value(signature: "ay", value: [0, 255]), Value(signature: "ay", value: []),
        Value(signature: "ai", value: []), Value(signature: "a{ss}", value: [:]),
        Value(signature: "a{us}", value: [[1, "a"], [2, "b"]]),
        Value(signature: "a{oas}", value: ["/x": ["y"]]),
        Value(signature: "(sx)", value: ["x", -1]),
        Value(signature: "a(sb)", value: [["n", true]]),
    ]

    @Test(arguments: values)
    func `every kind of value goes there and comes back`(one: Value) throws {
        try bench.addMethod("Echo", takes: one.signature, gives: one.signature, "ret = args[0]")
        let ear = bench.call(
            "Echo", ["signature": .string(one.signature), "arguments": [one.value]])
        #expect(
            try json(try ear.end())
                == ["signature": .string(one.signature), "values": [one.value]])
    }

    /// With what Python says of them: what it makes of a variant is not what it was given.
    private static let variants: [(value: Value, words: String)] = [
        (
            Value(signature: "v", value: ["signature": "u", "value": 1]),
            "dbus.UInt32(1, variant_level=1)"
        ),
        (
            Value(
                signature: "a{sv}",
                value: [
                    "k": ["signature": "a(iv)", "value": [[1, ["signature": "s", "value": "x"]]]]
                ]), "dbus.String('x', variant_level=1)"
        ),
    ]

    @Test(arguments: variants)
    func `variants arrive as they were given`(one: (value: Value, words: String)) throws {
        try bench.addMethod("Words", takes: one.value.signature, gives: "s", "ret = repr(args[0])")
        let ear = bench.call(
            "Words",
            ["signature": .string(one.value.signature), "arguments": [one.value.value]])
        let words = try json(try ear.end())["values"]
        #expect(words?.text.contains(one.words) == true, "\(words as Any)")
    }

    @Test func `variants come as they are`() throws {
        try bench.addMethod(
            "Give", gives: "a{sv}",
            "ret = {'a': dbus.UInt64(2**60, variant_level=1), 'b': dbus.Array(['x'], 's')}")
        #expect(
            try json(try bench.call("Give").end())["values"] == [
                [
                    "a": ["signature": "t", "value": "1152921504606846976"],
                    "b": ["signature": "as", "value": ["x"]],
                ]
            ])
    }

    @Test func `an answer with nothing, and one with several values`() throws {
        try bench.addMethod("Nothing")
        #expect(try json(try bench.call("Nothing").end()) == ["signature": "", "values": []])
        try bench.addMethod("Two", gives: "si", "ret = ('a', 1)")
        #expect(
            try json(try bench.call("Two").end()) == ["signature": "si", "values": ["a", 1]])
    }

    @Test func `an error of the service is an answer`() throws {
        try bench.addMethod(
            "Refuse", "raise dbus.exceptions.DBusException('no way', name='org.example.Odd')")
        #expect(
            try json(try bench.call("Refuse").end())
                == ["error": "org.example.Odd", "message": "no way"])
        let unknown = try json(try bench.call("Unknown").end())
        #expect(unknown["error"] == "org.freedesktop.DBus.Error.UnknownMethod")
    }

    @Test func `a file descriptor in an answer cannot be passed on`() throws {
        try bench.addMethod("Open", gives: "h", "ret = dbus.types.UnixFd(0)")
        let outcome = try bench.call("Open").end()
        #expect(outcome.status == .unsupported && outcome.message.contains("file descriptor"))
    }

    // MARK: What a permission opens

    @Test func `a name that is not permitted is not called, and it is named`() throws {
        try bench.addMethod("Mark", "self.marked = True")
        try bench.addMethod("Look", gives: "b", "ret = getattr(self, 'marked', False)")
        let sentence =
            "bus: calling org.example.Echo.Mark of org.example.Echo on the session bus is refused: "
            + "module m does not have the permission; add \"session:org.example.Echo\" to "
            + "permissions.dbus in its manifest, or dbus = [\"+session:org.example.Echo\"] to "
            + "[modules.m.permissions] in kernel.toml"
        for dbus in [[], ["org.example.Other"], ["system:org.example.Echo"], ["nonsense"]] {
            let outcome = try bench.call("Mark", [:], .init(dbus: dbus)).end()
            #expect(outcome == .failure(.denied, sentence))
        }
        #expect(try json(try bench.call("Look").end())["values"] == [false])
    }

    @Test func `an entry can open one interface or member`() throws {
        try bench.addMethod("One")
        try bench.addMethod("Two")
        let one = BusBench.With(dbus: ["org.example.Echo/org.example.Echo.One"])
        #expect(try bench.call("One", [:], one).end().status == .ok)
        #expect(try bench.call("Two", [:], one).end().status == .denied)
        #expect(try bench.call("One", ["interface": nil], one).end().status == .denied)
        let all = BusBench.With(dbus: ["session:org.example.Echo/org.example.Echo.*"])
        #expect(try bench.call("Two", [:], all).end().status == .ok)
        #expect(
            try bench.call("Ping", ["interface": "org.freedesktop.DBus.Peer"], all).end().status
                == .denied)
        #expect(try bench.call("Two", ["interface": nil]).end().status == .ok)
    }

    @Test func `the bus itself is opened by nothing, but for owners of names`() throws {
        let all = BusBench.With(dbus: ["*", "org.freedesktop.DBus"])
        func ask(_ member: String, _ more: JSON, _ with: BusBench.With) throws -> CallOutcome {
            var members: [(key: String, value: JSON)] = [
                ("destination", "org.freedesktop.DBus"), ("path", "/org/freedesktop/DBus"),
                ("interface", "org.freedesktop.DBus"),
            ]
            for (name, value) in more.object ?? [:] { members.append((name, value)) }
            return try bench.call(member, .object(JSONObject(members)), with).end()
        }
        func about(_ name: String) -> JSON { ["signature": "s", "arguments": [.string(name)]] }
        for member in ["ListNames", "BecomeMonitor", "UpdateActivationEnvironment", "AddMatch"] {
            #expect(try ask(member, [:], all).status == .denied, "\(member)")
        }
        #expect(
            try json(try ask("NameHasOwner", about(BusBench.name), all))["values"] == [true])
        #expect(
            try ask("GetNameOwner", about("org.example.Other"), BusBench.With()).status == .denied)
        #expect(try ask("RequestName", about(BusBench.name), all).status == .denied)
    }

    @Test func `who starts programs is named itself, and warned of once`() throws {
        let order: JSON = ["destination": "org.freedesktop.systemd1"]
        #expect(try bench.call("Dump", order, .init(dbus: ["*"])).end().status == .denied)
        #expect(bench.warnings.withLock { $0 }.isEmpty)
        for _ in 0..<2 {
            let named = BusBench.With(dbus: ["org.freedesktop.systemd1"])
            #expect(try json(try bench.call("Dump", order, named).end())["error"] != nil)
        }
        let warnings = bench.warnings.withLock { $0 }
        #expect(warnings.count == 1 && warnings.first?.contains("starts programs") == true)
    }

    @Test func `a connection is called only if it has the name`() throws {
        try bench.addMethod("Who", gives: "s", "ret = self.bus_name.get_bus().get_unique_name()")
        let owner = try #require(try json(try bench.call("Who").end())["values"]?[0]?.string)
        #expect(try bench.call("Who", ["owner": .string(owner)]).end().status == .ok)
        let other = try bench.call("Who", ["owner": ":1.99999"]).end()
        #expect(
            other
                == .failure(
                    .notFound,
                    "bus: :1.99999 does not have the name org.example.Echo on the session bus, but "
                        + owner))
        let none = try bench.call(
            "Who", ["destination": "org.example.Nobody", "owner": .string(owner)],
            .init(dbus: ["*"])
        ).end()
        #expect(none.status == .notFound && none.message.hasSuffix("nobody has"))
        let unique = try bench.call("Who", ["destination": .string(owner)], .init(dbus: ["*"]))
            .end()
        #expect(unique.status == .invalid && unique.message.contains("\"owner\""))
    }

    // MARK: Orders

    @Test(
        arguments: [
            ["bus": "other"], ["destination": "nodots"], ["destination": "a.b',x='"],
            ["path": "no"],
            ["path": nil], ["member": nil], ["member": "a.b"], ["interface": "x"], ["owner": "x"],
            ["signature": "("], ["signature": "s"], ["signature": "h", "arguments": [1]],
            ["signature": "i", "arguments": ["x"]], ["arguments": [1]], ["odd": 1],
            ["timeoutSeconds": 0], ["sender": "a.b"],
        ] as [JSON])
    func `an order that makes no sense is refused before the bus hears of it`(more: JSON) throws {
        let status = try bench.call("Echo", more, .init(dbus: ["*"])).end().status
        #expect(status == .invalid || status == .unsupported, "\(more)")
    }

    // MARK: Ends

    @Test func `a bus that is not there is named`() throws {
        let outcome = try bench.call("Echo", ["bus": "system"]).end()
        #expect(
            outcome
                == .failure(
                    .failed,
                    "bus: the system bus cannot be reached: No such file or directory"))
    }

    @Test func `a service that is silent is given up, and the next call is answered`() throws {
        try bench.addMethod("Sleep", "import time; time.sleep(1)")
        try bench.addMethod("Quick")
        let slow = bench.call("Sleep", ["timeoutSeconds": 0.2])
        #expect(
            try slow.end()
                == .failure(
                    .deadline, "bus: org.example.Echo on the session bus did not answer in time"))
        let errand = bench.call("Sleep", [:], .init(seconds: 0.1))
        #expect(try errand.end().status == .deadline)
        #expect(try bench.call("Quick").end().status == .ok)
    }

    @Test func `a cancelled call ends at once, and once`() throws {
        try bench.addMethod("Sleep", "import time; time.sleep(1)")
        let ear = bench.call("Sleep")
        bench.brokers.cancel(ear.id)
        bench.brokers.cancel(ear.id)
        #expect(try ear.end().status == .cancelled)
        try bench.addMethod("Quick")
        #expect(try bench.call("Quick").end().status == .ok)
        #expect(ear.ends == 1 && bench.brokers.count == 0)
    }

    @Test func `a bus that dies ends what is under way`() throws {
        try bench.addMethod("Sleep", "import time; time.sleep(30)")
        let (call, listening) = (bench.call("Sleep"), bench.listen())
        _ = try listening.news(1)
        bench.bus.kill()
        for ear in [call, listening] {
            let outcome = try ear.end()
            #expect(outcome.status == .failed)
            #expect(outcome.message.contains("the session bus has ended the connection"))
        }
        #expect(
            try bench.call("Sleep").end()
                == .failure(
                    .failed, "bus: the session bus cannot be reached: Connection refused"))
        #expect(bench.brokers.count == 0)
    }

    @Test func `closing ends what is under way`() throws {
        try bench.addMethod("Sleep", "import time; time.sleep(30)")
        let ears = [bench.call("Sleep"), bench.listen()]
        _ = try ears[1].news(1)
        bench.brokers.close()
        for ear in ears { #expect(try ear.end().status == .cancelled) }
        #expect(try bench.call("Sleep").end().status == .cancelled)
    }

    // MARK: Bounds

    @Test func `an answer that is too large is refused, and the next one comes`() throws {
        try bench.addMethod("Text", takes: "i", gives: "s", "ret = 'x' * args[0]")
        try bench.addMethod("Many", takes: "i", gives: "ay", "ret = bytes(args[0])")
        func ask(_ member: String, _ count: Int64, _ max: Int64?) throws -> CallOutcome {
            try bench.call(
                member,
                [
                    "signature": "i", "arguments": [.integer(count)],
                    "bytesMax": max.map { .integer($0) } ?? .null,
                ]
            ).end()
        }
        try bench.addMethod("Large", takes: "i", gives: "at", "ret = [2**64 - 1] * args[0]")
        #expect(try ask("Large", 50_000, nil).status == .limit)
        #expect(try ask("Large", 40_000, nil).status == .ok)
        try bench.addMethod("Control", takes: "i", gives: "s", "ret = chr(1) * args[0]")
        #expect(try ask("Control", 200_000, nil).status == .limit)
        #expect(try ask("Control", 170_000, nil).status == .ok)
        for member in ["Text", "Many"] {
            let outcome = try ask(member, 30 << 20, nil)
            #expect(outcome.status == .limit && outcome.message.contains("1048576 bytes"))
            #expect(try ask(member, 1_000, 100).status == .limit)
            #expect(try ask(member, 100_000, nil).status == .ok)
        }
        #expect(try ask("Text", 3 << 20, 1 << 40).status == .ok)
        #expect(try ask("Text", 5 << 20, 1 << 40).status == .limit)
    }

    @Test func `a module that floods is bounded, and others go on`() throws {
        try bench.addMethod("Sleep", "import time; time.sleep(0.2)")
        let ears = (0..<200).map { _ in bench.call("Sleep") }
        try waitFor("refusals") { ears.count { $0.ends == 1 } >= 136 }
        var refused = 0
        for ear in ears where ear.ends == 1 {
            if try ear.end().status == .limit { refused += 1 }
        }
        #expect(refused == 136)
        let other = bench.listen([:], .init(module: "other"))
        #expect(try other.news(1).first?.number == 1)
        for ear in ears { bench.brokers.cancel(ear.id) }
        for ear in ears { _ = try ear.end() }
        #expect(ears.allSatisfy { $0.ends == 1 })
    }

    @Test func `calls that are given up count until they are answered`() throws {
        try bench.addMethod("Sleep", "import time; time.sleep(3)")
        var limits = 0
        for _ in 0..<100 {
            let ear = bench.call("Sleep")
            bench.brokers.cancel(ear.id)
            if try ear.end().status == .limit { limits += 1 }
        }
        #expect(limits == 36)
        #expect(try bench.call("Sleep").end().message.contains("not answered yet"))
        #expect(try bench.listen([:], .init(module: "other")).news(1).count == 1)
    }

    /// Says who calls.
    private static let who =
        "import inspect\nret = [f.frame.f_locals['message'].get_sender() for f in inspect.stack() "
        + "if 'message' in f.frame.f_locals][0]"

    @Test func `each module has a connection of its own`() throws {
        try bench.addMethod("Who", gives: "s", Self.who)
        func who(_ module: String) throws -> JSON? {
            try json(try bench.call("Who", [:], .init(module: module)).end())["values"]?[0]
        }
        let first = try who("a")
        #expect(try who("a") == first && first?.string?.hasPrefix(":") == true)
        #expect(try who("b") != first)
    }

    @Test func `a connection without errands is closed, and another one made`() throws {
        let bench = BusBench(idleSeconds: 0.05)
        try bench.addMethod("Who", gives: "s", Self.who)
        func who() throws -> JSON? { try json(try bench.call("Who").end())["values"]?[0] }
        let first = try #require(try who()?.string)
        let order: JSON = [
            "destination": "org.freedesktop.DBus", "path": "/org/freedesktop/DBus",
            "interface": "org.freedesktop.DBus", "signature": "s", "arguments": [.string(first)],
        ]
        try waitFor("the connection to be closed") {
            let other = BusBench.With(dbus: ["*"], module: "other")
            return try json(try bench.call("NameHasOwner", order, other).end())["values"] == [false]
        }
        // One that listens is kept.
        let listening = bench.listen()
        _ = try listening.news(1)
        let kept = try who()
        #expect(kept?.string != first)
        let later = SystemClock.monotonicNanoseconds + 300_000_000
        while SystemClock.monotonicNanoseconds < later { #expect(try who() == kept) }
    }
}
