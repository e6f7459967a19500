import DesktopTesting
import KernelBase
import KernelHosting
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

@testable import KernelBrokers

/// Signals on a bus of its own. `.blocking`: each test waits for processes.
@Suite(.timeLimit(.minutes(3)), .blocking, .enabled(if: PrivateBus.isPossible))
struct BusSignalTests {
    private let bench = BusBench()

    init() throws {
        try bench.addMethod(
            "Emit", takes: "ssi",
            "for i in range(args[2]): self.EmitSignal(args[0], args[1], 'i', [dbus.Int32(i)])")
    }

    private func emit(
        _ member: String, _ count: Int64 = 1, _ interface: String = BusBench.name
    ) throws {
        let ear = bench.call(
            "Emit",
            [
                "signature": "ssi",
                "arguments": [.string(interface), .string(member), .integer(count)],
            ], .init(module: "emitter"))
        #expect(try ear.end().status == .ok)
    }

    @Test func `signals of the name are heard from the beginning on, in order`() throws {
        let ear = bench.listen()
        #expect(try ear.news(1).first.map { $0.isOwner && $0.number == 1 } == true)
        try emit("Changed", 3)
        let news = try ear.news(4)
        #expect(
            news[1].json == [
                "path": .string(PrivateBus.path), "interface": .string(BusBench.name),
                "member": "Changed", "signature": "i", "values": [0],
            ])
        #expect(news.dropFirst().map { $0.json["values"] } == [[0], [1], [2]])
        bench.brokers.cancel(ear.id)
        #expect(try ear.end() == .failure(.cancelled, "bus.signals: it was cancelled"))
        try emit("Changed")
        #expect(ear.news.count == 4 && ear.ends == 1)
    }

    /// The bus takes a rule back by its words, whosever it is.
    @Test func `a listening that is refused makes no other one deaf`() throws {
        let folder = try KernelTesting.TemporaryFolder()
        try bench.addMethod(
            "Hang",
            "import os, time\nwhile not os.path.exists('\(folder.file("go"))'): time.sleep(0.01)")
        let ear = bench.listen()
        _ = try ear.news(1)
        for _ in 0..<64 {
            let call = bench.call("Hang")
            bench.brokers.cancel(call.id)
            _ = try call.end()
        }
        let refused = bench.listen()
        #expect(try refused.end().status == .limit)
        try Files.replace(folder.file("go"), with: [])
        try emit("Changed")
        #expect(try ear.news(2).last?.isSignal == true)
    }

    @Test func `only what the match names is heard, though another one hears more`() throws {
        let all = bench.listen()
        let ears = [
            bench.listen(["member": "Wanted", "interface": nil]),
            bench.listen(["interface": "org.example.Other"]),
            bench.listen(["path": "/elsewhere"]),
            bench.listen(["pathNamespace": "/object", "interface": nil]),
            bench.listen(["path": .string(PrivateBus.path), "member": "Last"]),
        ]
        for ear in ears + [all] { _ = try ear.news(1) }
        try emit("Unwanted")
        try emit("Wanted")
        try emit("Wanted", 1, "org.example.Other")
        try emit("Last")
        // What was before it has come to everybody.
        try emit("End")
        _ = try all.news(5)
        let members = ears.map { ear in
            ear.news.filter(\.isSignal).map { $0.json["member"]?.string ?? "" }.filter {
                // What the double tells of itself.
                $0 != "MethodCalled" && $0 != "End"
            }
        }
        #expect(members[0] == ["Wanted", "Wanted"] && members[1] == ["Wanted"])
        #expect(members[2] == [] && members[4] == ["Last"])
        #expect(members[3] == ["Unwanted", "Wanted", "Wanted", "Last"])
    }

    @Test func `without the permission nothing is heard`() throws {
        let other = BusBench.With(dbus: ["org.example.Other"])
        let outcome = try bench.listen([:], other).end()
        #expect(outcome.status == .denied)
        #expect(outcome.message.contains("\"session:org.example.Echo\" to permissions.dbus"))
        let narrow = BusBench.With(dbus: ["org.example.Echo/org.example.Echo.Changed"])
        #expect(try bench.listen([:], narrow).end().status == .denied)
        #expect(
            try bench.listen(["interface": nil, "member": "Changed"], narrow).end().status
                == .denied)
        let exact: JSON = ["interface": .string(BusBench.name), "member": "Changed"]
        #expect(try bench.listen(exact, narrow).news(1).count == 1)
        let bus = BusBench.With(dbus: ["*", "org.freedesktop.DBus"])
        #expect(try bench.listen(["sender": "org.freedesktop.DBus"], bus).end().status == .denied)
        #expect(try bench.listen(["sender": ":1.1"], bus).end().status == .invalid)
    }

    @Test func `signals of others are not heard, whatever they look like`() throws {
        // It has another name, and sends what the double would send, even to this connection alone.
        let stranger = bench.bus.double(named: "org.example.Stranger")
        let ear = bench.listen()
        let strangers = bench.listen(["sender": "org.example.Stranger"], .init(dbus: ["*"]))
        _ = try ear.news(1)
        _ = try strangers.news(1)
        try bench.bus.addMethod(
            "Forge", of: "org.example.Stranger",
            """
            from dbus.lowlevel import SignalMessage
            bus = self.bus_name.get_bus()
            for name in bus.list_names():
                message = SignalMessage('\(PrivateBus.path)', '\(BusBench.name)', 'Changed')
                message.set_destination(name)
                bus.send_message(message)
            """)
        let forge = bench.give(
            "bus",
            [
                "bus": "session", "destination": "org.example.Stranger",
                "path": .string(PrivateBus.path), "interface": "org.example.Stranger",
                "member": "Forge",
            ], .init(dbus: ["*"], module: "emitter"))
        #expect(try forge.end().status == .ok)
        try emit("Real")
        let news = try ear.news(2)
        #expect(news.count == 2 && news[1].json["member"] == "Real")
        #expect(try strangers.news(2)[1].json["member"] == "Changed")
        withExtendedLifetime(stranger) {}
    }

    @Test func `it is told when the name comes and goes`() throws {
        let ear = bench.listen(["sender": "org.example.Later"], .init(dbus: ["org.example.*"]))
        #expect(try ear.news(1)[0].number == 0)
        do {
            let later = bench.bus.double(named: "org.example.Later")
            #expect(try ear.news(2)[1].number == 1)
            withExtendedLifetime(later) {}
        }
        #expect(try ear.news(3)[2].number == 0)
        #expect(ear.news.count { $0.isOwner } == 3)
    }

    @Test func `what a module has no room for is lost and counted, and nobody waits`() throws {
        // Room for the first one: each takes as much as its value.
        let ear = bench.listen([:], .init(credit: 100))
        let other = bench.listen([:], .init(credit: 4 << 20))
        _ = try ear.news(1)
        _ = try other.news(1)
        try emit("Changed", 500)
        #expect(try other.news(501).count == 501)
        #expect(ear.news.count == 2)
        bench.brokers.credit(ear.id, bytes: 10_000)
        #expect(try ear.news(3)[2].isLost)
        try emit("After")
        try waitFor("the one after them") { ear.news.last?.json["member"] == "After" }
        // One or two may have come when there was room again.
        let heard = ear.news.filter(\.isSignal).count - 1
        let lost = ear.news.filter(\.isLost).reduce(0) { $0 + Int($1.number) }
        #expect(heard + lost == 500 && lost > 400)
    }

    @Test func `a signal that is too large is lost, and the next one comes`() throws {
        try bench.addMethod(
            "Large", "self.EmitSignal('\(BusBench.name)', 'Large', 's', ['x' * 3000000])")
        let ear = bench.listen()
        _ = try ear.news(1)
        #expect(try bench.call("Large").end().status == .ok)
        try emit("Small")
        let news = try ear.news(3)
        #expect(news[1].isLost && news[1].number == 1 && news[2].json["member"] == "Small")
    }

    @Test func `listening ends at the deadline of its errand`() throws {
        let ear = bench.listen([:], .init(seconds: 0.3))
        #expect(try ear.end().status == .deadline)
        #expect(try bench.listen(["path": "/a", "pathNamespace": "/b"]).end().status == .invalid)
    }
}
