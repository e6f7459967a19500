import DesktopTesting
import KernelBase
import KernelBrokers
import KernelBus
import KernelGenerations
import KernelLoader
import KernelResidence
import KernelSandbox
import KernelSystem
import KernelTesting
import KernelWorkers
import ModuleJSON
import Synchronization
import Testing

@testable import KernelCalls

/// What modules have the host do for them, wherever they live. `.blocking`: each test waits for
/// servers and workers.
@Suite(.timeLimit(.minutes(3)), .blocking)
struct ErrandTests {
    /// Where the module lives, and which task it begins its errands with.
    enum Home: CaseIterable {
        case kernel, resident, worker

        var task: String { self == .worker ? "process" : "fetch" }
    }

    /// What the module asks for, and where the bus is.
    private struct Asks {
        var network: [String] = []
        var execute: [String] = []
        var dbus: [String] = []
        var address = ""
    }

    private func bench(
        _ home: Home, network: [String] = [], execute: [String] = [], watches: Bool = false
    ) throws -> KernelBench {
        try bench(home, Asks(network: network, execute: execute), watches: watches)
    }

    private func bench(_ home: Home, _ asks: Asks, watches: Bool = false) throws -> KernelBench {
        let all = [("network", asks.network), ("execute", asks.execute), ("dbus", asks.dbus)]
        let lists = all.map { name, entries in
            let list = entries.map { #"\"\#($0)\""# }.joined(separator: ",")
            return #"\"\#(name)\":[\#(list)]"#
        }
        let bench = try KernelBench {
            if home == .resident { $0.isolate() }
            $0.loader.watchesContract = watches
            $0.dispatcher.brokers.buses = BusAddresses(session: asks.address, system: asks.address)
        }
        try bench.install(
            "errand",
            defining: [##"ERRAND_PERMISSIONS="\##(lists.joined(separator: ","))""##])
        bench.loader.add([.init(bench.modules, .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 30)
        return bench
    }

    private func order(_ url: String, _ more: JSON = [:]) -> String {
        var members: [(String, JSON)] = [("url", .string(url))]
        for (name, value) in more.object ?? [:] { members.append((name, value)) }
        return JSON.object(JSONObject(members)).text
    }

    private func greeter() throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            while let request = connection.request() {
                connection.answer("you asked \(request.prefix { $0 != "\r\n" })")
            }
        }
    }

    // MARK: What a permission opens

    @Test(arguments: Home.allCases)
    func `a module gets the page that its permission names`(home: Home) throws {
        let server = try greeter()
        let bench = try bench(home, network: ["127.0.0.1:\(server.port)"])
        #expect(
            bench.call("fixture.\(home.task)", order(server.address + "/page")).text
                == "200 28 you asked GET /page HTTP/1.1|")
    }

    @Test(arguments: Home.allCases)
    func `without the permission nothing is asked, and it is named`(home: Home) throws {
        let server = try greeter()
        let bench = try bench(home, network: ["example.org", "127.0.0.1:1"])
        #expect(
            bench.call("fixture.\(home.task)", order(server.address)).text
                == "denied: 0 0 |http: reaching 127.0.0.1:\(server.port) is refused: module "
                + "fixture does not have the permission; add \"127.0.0.1:\(server.port)\" to "
                + "permissions.network in its manifest, or network = "
                + "[\"+127.0.0.1:\(server.port)\"] to [modules.fixture.permissions] in kernel.toml")
        #expect(server.connections == 0)
    }

    @Test func `a body and headers reach the server`() throws {
        let server = try LoopbackServer { connection, _ in
            if let request = connection.request() { connection.answer(request) }
        }
        let bench = try bench(.resident, network: ["127.0.0.1:*"])
        let text = bench.call(
            "fixture.post",
            order(server.address, ["method": "PUT", "headers": [["X-Mine", "yes"]]])
        ).text
        #expect(text.contains("PUT / HTTP/1.1") && text.contains("X-Mine: yes"))
        #expect(text.hasSuffix("\r\n\r\nthe body|"))
    }

    // MARK: Programs

    @Test(arguments: Home.allCases)
    func `a module has a program run that its permission names, behind its own walls`(
        home: Home
    ) throws {
        let bench = try bench(home, execute: ["/usr/bin"])
        let task = home == .worker ? "run_process" : "run"
        func order(_ line: String) -> String {
            let order: JSON = ["program": "/usr/bin/sh", "arguments": ["-c", .string(line)]]
            return order.text
        }
        #expect(
            bench.call("fixture.\(task)", order("echo hello; exit 3")).text
                == "0 6 hello\n|{\"exit\":3}")
        let own = bench.folder.file("state/fixture")
        #expect(
            bench.call(
                "fixture.\(task)", order("echo mine > $TMPDIR/x && cat \(own)/x")
            ).text == "0 5 mine\n|{\"exit\":0}")
        let climbed = bench.call("fixture.\(task)", order("ls \(bench.folder.path)")).text
        #expect(climbed.contains("ermission denied") && !climbed.contains("\"exit\":0"))
    }

    @Test(arguments: Home.allCases)
    func `a program ends with the call that had it run`(home: Home) throws {
        let bench = try bench(home, execute: ["/usr/bin"])
        let order: JSON = ["program": "/usr/bin/sleep", "arguments": ["60"]]
        let call = bench.begin(
            "fixture.\(home == .worker ? "run_process" : "run")", order.text, timeoutSeconds: 0.5)
        #expect(call.wait().status == .deadline)
        try waitFor("nothing to be in flight") { bench.dispatcher.brokers.count == 0 }
        let denied = bench.call("fixture.fetch", #"{"url": "http://127.0.0.1:1"}"#)
        #expect(denied.status == .denied)
    }

    // MARK: Buses

    private func busOrder(_ member: String, _ more: JSON = [:]) -> String {
        var members: [(key: String, value: JSON)] = [
            ("bus", "session"), ("destination", "org.example.Echo"),
            ("path", .string(PrivateBus.path)), ("member", .string(member)),
        ]
        for (name, value) in more.object ?? [:] { members.append((name, value)) }
        return JSON.object(JSONObject(members)).text
    }

    @Test(.enabled(if: PrivateBus.isPossible), arguments: Home.allCases)
    func `a module calls a service that its permission names, and no other`(home: Home) throws {
        let bus = PrivateBus()
        let double = bus.double(named: "org.example.Echo")
        try bus.addMethod("Add", of: "org.example.Echo", takes: "ii", gives: "i", "ret = sum(args)")
        let bench = try bench(
            home, Asks(dbus: ["session:org.example.Echo"], address: bus.address))
        let task = "fixture.\(home == .worker ? "bus_process" : "bus")"
        #expect(
            bench.call(task, busOrder("Add", ["signature": "ii", "arguments": [40, 2]])).text
                == #"0 0 |{"signature":"i","values":[42]}"#)
        let denied = bench.call(task, busOrder("Add", ["destination": "org.example.Other"]))
        #expect(denied.status == .denied)
        #expect(
            denied.text.contains(
                "add \"session:org.example.Other\" to permissions.dbus in its manifest"))
        withExtendedLifetime(double) {}
    }

    @Test(.enabled(if: PrivateBus.isPossible), arguments: Home.allCases)
    func `a module hears signals, and a call to a silent service ends with its own`(
        home: Home
    ) throws {
        let bus = PrivateBus()
        let double = bus.double(named: "org.example.Echo")
        try bus.addMethod(
            "Emit", of: "org.example.Echo",
            "self.EmitSignal('org.example.Echo', 'Changed', 's', ['news'])")
        try bus.addMethod("Sleep", of: "org.example.Echo", "import time; time.sleep(30)")
        let bench = try bench(home, Asks(dbus: ["org.example.*"], address: bus.address))
        let ending = home == .worker ? "_process" : ""
        let order =
            #"{"bus": "session", "sender": "org.example.Echo", "interface": "org.example.Echo"}"#
        let listening = bench.begin("fixture.listen\(ending)", order)
        try waitFor("a signal") {
            _ = bench.call("fixture.bus", busOrder("Emit"))
            return !listening.ends.isEmpty
        }
        let heard = listening.wait()
        #expect(heard.status == .cancelled && heard.message.contains(#""values":["news"]"#))
        let silent = bench.begin(
            "fixture.bus\(ending)", busOrder("Sleep"), timeoutSeconds: 0.5)
        #expect(silent.wait().status == .deadline)
        try waitFor("nothing to be in flight") { bench.dispatcher.brokers.count == 0 }
        withExtendedLifetime(double) {}
    }

    @Test(.enabled(if: PrivateBus.isPossible), arguments: [Home.kernel, .resident])
    func `a reload in the middle of a call leaves nothing under way`(home: Home) throws {
        let bus = PrivateBus()
        let double = bus.double(named: "org.example.Echo")
        try bus.addMethod("Sleep", of: "org.example.Echo", "import time; time.sleep(30)")
        let bench = try KernelBench {
            if home == .resident { $0.isolate() }
            $0.dispatcher.brokers.buses = BusAddresses(session: bus.address, system: bus.address)
        }
        let asks = #"ERRAND_PERMISSIONS="\"dbus\":[\"org.example.Echo\"]""#
        try bench.watch()
        try bench.serve("errand", defining: [asks])
        let call = bench.begin("fixture.bus", busOrder("Sleep", ["timeoutSeconds": 2]))
        try waitFor("the call to be under way") { bench.dispatcher.brokers.count == 1 }
        try bench.serve("errand", defining: [asks, #"FIXTURE_VERSION="2.0.0""#])
        _ = call.wait()
        try waitFor("nothing to be in flight") { bench.dispatcher.brokers.count == 0 }
        withExtendedLifetime(double) {}
    }

    @Test(arguments: [Home.kernel, .resident])
    func `a host that watches tells of what breaks the contract`(home: Home) throws {
        let bench = try bench(home, watches: true)
        #expect(bench.call("fixture.breach").text == "refused")
        for sentence in ["begin: errand is null", "begin of call", "news or end is null"] {
            try waitFor(sentence) {
                bench.events.lines.contains {
                    $0.text.contains("mod.host.errands") && $0.text.contains(sentence)
                }
            }
        }
    }

    // MARK: Bounds

    @Test(arguments: [Home.kernel, .resident])
    func `a module that has no room stops the server, and others go on`(home: Home) throws {
        let isSent = Condition(0)
        let server = try LoopbackServer { connection, number in
            guard connection.request() != nil else { return }
            guard number == 1 else { return connection.answer("quick") }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            let piece = [UInt8](repeating: 65, count: 100_000)
            for _ in 0..<1_000 {
                connection.send(piece)
                isSent.withLock { $0 += 1 }
                isSent.broadcast()
            }
        }
        let bench = try bench(home, network: ["127.0.0.1:\(server.port)"])
        let slow = bench.begin(
            "fixture.stingy",
            order(server.address, ["bytesMax": 1_000_000_000, "stallSeconds": 1]))
        try waitFor("the first pieces") { isSent.withLock { $0 > 0 } }
        #expect(bench.call("fixture.fetch", order(server.address)).text == "200 5 quick|")
        // What the sockets and libcurl hold, and no more; and no deadline but the call's runs.
        let later = SystemClock.monotonicNanoseconds + 2_000_000_000
        #expect(isSent.wait(untilNanoseconds: later) { $0 >= 200 ? true : nil } == nil)
        #expect(slow.ends.isEmpty)
        _ = bench.dispatcher.board.cancel(slow.id)
        #expect(slow.wait().status == .cancelled)
        #expect(slow.wait().message.hasPrefix("200 "))
    }

    @Test(arguments: Home.allCases)
    func `an errand ends with its call, and once`(home: Home) throws {
        let isGone = Condition(false)
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.waitForEnd()
            isGone.withLock { $0 = true }
            isGone.broadcast()
        }
        let bench = try bench(home, network: ["127.0.0.1:\(server.port)"])
        let call = bench.begin(
            "fixture.\(home.task)", order(server.address), timeoutSeconds: 0.5)
        #expect(call.wait().status == .deadline)
        let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
        #expect(isGone.wait(untilNanoseconds: deadline) { $0 ? true : nil } == true)
        if home != .worker {
            try waitFor("the end") { bench.call("fixture.ended").text == "1" }
        }
        try waitFor("nothing to be in flight") { bench.dispatcher.brokers.count == 0 }
    }

    @Test func `what a call leaves behind is cancelled with it`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.waitForEnd()
        }
        let bench = try bench(.resident, network: ["127.0.0.1:\(server.port)"])
        #expect(bench.call("fixture.leave", order(server.address)).text == "1")
        try waitFor("the end") { bench.call("fixture.ended").text == "1" }
        #expect(bench.dispatcher.brokers.count == 0)
    }

    @Test(arguments: [Home.kernel, .resident])
    func `a module that begins too many is refused, and each has one end`(home: Home) throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.waitForEnd()
        }
        let bench = try bench(home, network: ["127.0.0.1:\(server.port)"])
        let taken = bench.call("fixture.flood", order(server.address)).text
        try waitFor("every end") { bench.call("fixture.ended").text == taken }
        #expect(bench.dispatcher.brokers.count == 0)
        #expect(server.connections <= 64)
    }

    @Test func `a module that dies takes its errands along`() throws {
        let server = try LoopbackServer { connection, _ in
            _ = connection.request()
            connection.waitForEnd()
        }
        let bench = try bench(.resident, network: ["127.0.0.1:\(server.port)"])
        let call = bench.begin("fixture.alone", order(server.address))
        try waitFor("the request") { server.connections == 1 }
        try bench.resident().worker.kill()
        _ = call.wait()
        try waitFor("nothing to be in flight") { bench.dispatcher.brokers.count == 0 }
    }

    @Test func `an unknown service and a broken order are told`() throws {
        let bench = try bench(.kernel, network: [])
        #expect(
            bench.call("fixture.unknown", "{}").text
                == "unsupported: 0 0 |teleport: this host has no such service; it has "
                + "http, connect, run, bus and bus.signals")
        #expect(bench.call("fixture.fetch", "[1]").text.hasPrefix("invalid: "))
    }

    // MARK: Changes

    @Test func `the configuration opens more without a new build`() throws {
        let server = try greeter()
        let bench = try KernelBench {
            $0.isolate()
            $0.settings = { _ in
                var settings = ModuleSettings()
                settings.confinement.change = PermissionChange(
                    [.network: ["+127.0.0.1:\(server.port)"]])
                return settings
            }
        }
        try bench.install("errand")
        bench.loader.add([.init(bench.modules, .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 30)
        #expect(bench.call("fixture.fetch", order(server.address)).succeeded)
    }
}
