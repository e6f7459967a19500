import ModuleJSON
import ModuleKit
import ModuleKitTesting
import Synchronization
import Testing

struct LifecycleTests {
    @Test func `configuration has its defaults and can change`() async throws {
        let host = try TestHost(Counter.self, user: ["name": "Ann"])
        #expect(try await host.call("add").json == 1)
        try host.configure(["step": 5])
        #expect(try await host.call("add").json == 6)
        #expect(try await host.call("describe").text == " 5 started")
        try host.close()
    }

    @Test func `a configuration that does not fit is refused with its field`() throws {
        let host = try TestHost(Counter.self)
        let error = #expect(throws: Failure.self) { try host.configure(["step": 0]) }
        #expect(error?.message == "\"step\" must be at least 1, but is 0")
        #expect(throws: Failure.self) { try TestHost(Counter.self, configuration: ["setp": 2]) }
    }

    @Test func `a configuration that the module refuses leaves the old one`() async throws {
        let host = try TestHost(Counter.self, configuration: ["step": 3])
        let error = #expect(throws: Failure.self) { try host.configure(["step": 13]) }
        #expect(error?.message == "13 brings bad luck" && error?.status == .invalid)
        #expect(try await host.call("add").json == 3)
        try host.close()
    }

    @Test func `state goes from one instance to the next`() async throws {
        let old = try TestHost(Counter.self, configuration: ["step": 7])
        _ = try await old.call("add")
        let state = try old.save()
        #expect(state == .init(version: 2, ["count": 7]))
        let new = try TestHost(Counter.self, state: state)
        #expect(try await new.call("add").json == 8)
        #expect(try await new.call("describe").text == " 1 loaded 2,started")
        try old.close()
        try new.close()
    }

    @Test func `a state of an older version is migrated, an unknown one refused`() async throws {
        let host = try TestHost(Counter.self, state: .init(version: 1, 41))
        #expect(try await host.call("add").json == 42)
        try host.close()
        let error = #expect(throws: Failure.self) {
            try TestHost(Counter.self, state: .init(version: 3, ["count": 1]))
        }
        #expect(error?.status == .unsupported)
    }

    @Test(
        arguments: [
            (
                [0x7B],
                "the saved state is not JSON: line 1, column 2: "
                    + "expected a key in quotes, but the text ends"
            ),
            (Array("{\"count\":\"x\"}".utf8), "\"count\" must be a whole number, but is \"x\""),
        ] as [([UInt8], String)])
    func `a damaged state is refused`(bytes: [UInt8], message: String) {
        let error = #expect(throws: Failure.self) {
            try TestHost(Counter.self, state: .init(version: 2, bytes: bytes))
        }
        #expect(error?.message == message && error?.status == .invalid)
    }

    @Test func `a failing self-test and a failing health check say why`() throws {
        let error = #expect(throws: Failure.self) {
            try TestHost(Counter.self, configuration: ["step": 99])
        }
        #expect(error?.message == "99 fails the test")
        let host = try TestHost(Counter.self, configuration: ["trouble": "no ink"])
        let trouble = #expect(throws: Failure.self) { try host.checkHealth() }
        #expect(trouble?.message == "no ink" && trouble?.status == .busy)
        try host.configure([:])
        try host.checkHealth()
        try host.close()
    }

    @Test func `an instance can be started again after it was stopped`() async throws {
        let host = try TestHost(Counter.self)
        try host.stop()
        try host.start()
        #expect(try await host.call("describe").text == " 1 started,stopped,started")
        try host.close()
    }

    @Test func `a module without an ability does not offer it`() {
        #expect(throws: TestHostError.self) { try TestHost(Greeter.self).save() }
        #expect(throws: TestHostError.self) { try TestHost(Greeter.self).configure([:]) }
    }

    struct Refusing: Module {
        static let manifest = Manifest(id: "refusing", version: "1.0.0", about: "")
        static let tasks: [TaskOf<Refusing>] = []
        init(_ host: Host) throws { throw Failure("the device is gone", .unsupported) }
    }

    @Test func `an init that throws refuses the build with its sentence`() {
        let error = #expect(throws: Failure.self) { try TestHost(Refusing.self) }
        #expect(error?.message == "the device is gone" && error?.status == .unsupported)
    }

    struct Broken: Module {
        static let manifest = Manifest(id: "broken", version: "1.0.0", about: "")
        static let tasks: [TaskOf<Broken>] = [
            TaskOf("odd", "", risk: .read, run: odd), TaskOf("odd", "", risk: .read, run: odd),
        ]

        struct Odd: Arguments {
            var range = 1..<2
            var child: Child?
        }

        struct Child: Arguments {
            var children: [Child] = []
        }

        init(_ host: Host) {}
        func odd(_ arguments: Odd, _ call: Call) async throws {}
    }

    @Test func `arguments that cannot be are named before anything runs`() {
        let error = #expect(throws: Failure.self) { try TestHost(Broken.self) }
        #expect(error?.message.contains("two tasks have the name \"odd\"") == true)
        #expect(
            error?.message.contains("the property \"range\" of Odd has the type Range<Int>") == true
        )
        #expect(error?.message.contains("Child contains itself") == true)
    }
}

/// A module whose host is kept beyond its end.
struct Talkative: Module {
    static let manifest = Manifest(id: "talkative", version: "1.0.0", about: "Logs.")
    static let tasks: [TaskOf<Talkative>] = []
    static let kept = Mutex<Host?>(nil)

    init(_ host: Host) { Self.kept.withLock { $0 = host } }
}

extension LifecycleTests {
    @Test func `a host that was kept beyond the end is silent`() throws {
        let host = try TestHost(Talkative.self)
        Talkative.kept.withLock { $0 }?.log(.info, "here")
        try host.close()
        Talkative.kept.withLock { $0 }?.log(.info, "gone")
        #expect(host.logs.map(\.text) == ["here"])
    }
}
