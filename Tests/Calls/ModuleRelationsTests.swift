import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSystem
import KernelTesting
import ModuleJSON
import Synchronization
import Testing

@testable import KernelCalls

/// Modules that need others, while these come, change and go.
@Suite struct ModuleRelationsTests {
    private static let missing =
        "asker needs storage >=1 <2: no module provides it; install one that does"

    // MARK: Coming

    @Test func `a module without its provider waits, and comes into service with it`() throws {
        let bench = try KernelBench.watched()
        try bench.install("asker", as: "asker.so")
        #expect(try bench.nextRetired("asker") == Self.missing)
        #expect(
            bench.call("asker.ask", "storage.echo x").text
                == "not found: asker is not in service: \(Self.missing)")
        #expect(bench.loader.isWaiting("asker"))
        try bench.install("provider", as: "provider.so")
        #expect(try bench.nextServing().module == "provider")
        #expect(try bench.nextServing().module == "asker")
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
        #expect(!bench.loader.isWaiting("asker"))
        #expect(bench.loader.slot("asker")?.problem == nil)
    }

    @Test func `a row of modules comes into service once its first is there`() throws {
        let bench = try KernelBench.watched()
        let names = ["ground", "walls", "roof", "bird"]
        for (name, below) in zip(names.dropFirst(), names) {
            try bench.install(
                "asker", as: "\(name).so",
                defining: [
                    "FIXTURE_ID=\"\(name)\"", Fitting.requires(Fitting.requirement(below)),
                ])
            _ = try bench.nextRetired(name)
        }
        #expect(
            bench.loader.slot("bird")?.problem
                == "bird needs roof: roof is 1.0.0, but is not in service (walls needs ground: no "
                + "module provides it); put walls right, and bird comes "
                + "into service by itself")
        try bench.install("answer", as: "ground.so", defining: ["FIXTURE_ID=\"ground\""])
        let order = try names.map { _ in try bench.nextServing().module }
        #expect(order == names)
        #expect(bench.call("bird.ask", "roof.ask walls.ask ground.answer").text == "one")
    }

    @Test func `modules that are known from before serve at once, whatever their order`() throws {
        let folder = try TemporaryFolder()
        let modules: String
        do {
            let bench = try KernelBench(remembering: folder)
            modules = bench.modules
            try bench.install("asker", as: "a.so")
            try bench.install("provider", as: "z.so")
            bench.loader.add([.init(bench.modules, .folder, .user)])
            bench.loader.waitUntilSettled(withinSeconds: 30)
            #expect(bench.call("asker.ask", "storage.echo x").text == "x")
            try Shell.run("cp -a \(modules) \(folder.file("modules"))")
            bench.loader.stop(withinSeconds: 5)
        }
        let bench = try KernelBench(remembering: folder)
        // The index knows files by their place, so that these are probed; the next start is not.
        bench.loader.add([.init(folder.file("modules"), .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 30)
        bench.loader.stop(withinSeconds: 5)
        let again = try KernelBench(remembering: folder)
        again.loader.add([.init(folder.file("modules"), .folder, .user)])
        #expect(again.loader.slots.map { $0.current?.number } == [1, 1])
        #expect(again.call("asker.ask", "storage.echo x").text == "x")
        #expect(again.events.events.isEmpty)
    }

    // MARK: Changing

    @Test func `a new build of a provider that a module cannot use is refused`() throws {
        let bench = try KernelBench.watched()
        try bench.serve("provider", as: "provider.so", defining: Fitting.provides("1.0.0"))
        try bench.serve("asker", as: "asker.so")
        let refused = try bench.refusal(
            "provider", as: "provider.so", defining: Fitting.provides("2.0.0"))
        #expect(refused.step == "relations" && refused.module == "provider")
        #expect(refused.stillServing == 1)
        #expect(
            refused.reason
                == "it would put asker out of service: asker needs storage >=1 <2: provider 1.0.0 "
                + "provides storage 2.0.0, which is too new; install a build of provider that "
                + "provides storage >=1 <2, or one of asker that takes storage 2.0.0")
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
        // One that fits is taken.
        try bench.serve("provider", as: "provider.so", defining: Fitting.provides("1.5.0"))
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
    }

    @Test func `two builds that only fit together come in together`() throws {
        let new = [Fitting.requires(Fitting.requirement("storage", ">=2"))]
        for providerComesFirst in [true, false] {
            let bench = try KernelBench.watched()
            try bench.serve("provider", as: "provider.so", defining: Fitting.provides("1.0.0"))
            try bench.serve("asker", as: "asker.so")
            if providerComesFirst {
                _ = try bench.refusal(
                    "provider", as: "provider.so", defining: Fitting.provides("2.0.0"))
                try bench.install("asker", as: "asker.so", defining: new)
            } else {
                let refused = try bench.refusal("asker", as: "asker.so", defining: new)
                #expect(refused.reason.hasPrefix("asker needs storage >=2: provider 1.0.0 "))
                try bench.install(
                    "provider", as: "provider.so", defining: Fitting.provides("2.0.0"))
            }
            #expect(try bench.nextServing().module == "provider")
            #expect(try bench.nextServing().module == "asker")
            #expect(bench.call("asker.ask", "storage.echo x").text == "x")
            #expect(bench.loader.relations.relations.problems.isEmpty)
        }
    }

    @Test func `a module is bound to the best provider, and to the next one without it`() throws {
        let bench = try KernelBench.watched()
        try bench.serve("provider", as: "one.so", defining: Fitting.provides("1.0.0", as: "one"))
        try bench.serve("asker", as: "asker.so")
        func bound() -> String? {
            bench.loader.relations.relations.provider(of: "storage", for: "asker")?.id
        }
        #expect(bound() == "one")
        try bench.serve("provider", as: "two.so", defining: Fitting.provides("1.1.0", as: "two"))
        try waitFor("the better one") { bound() == "two" }
        // A new build of it that will not do: the other one is taken in the same step.
        try bench.serve("provider", as: "two.so", defining: Fitting.provides("2.0.0", as: "two"))
        #expect(bound() == "one")
        try bench.serve("provider", as: "two.so", defining: Fitting.provides("1.2.0", as: "two"))
        #expect(bound() == "two")
        try Files.remove(bench.path("two.so"))
        _ = try bench.nextRetired("two")
        try waitFor("the other one") { bound() == "one" }
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
        #expect(!bench.events.events.contains { if case .resumed = $0 { true } else { false } })
    }

    @Test func `the configuration chooses the provider, also while the kernel runs`() throws {
        let choice = SharedChoice()
        let bench = try KernelBench.watched { $0.providers = { _ in choice.providers } }
        try bench.serve("provider", as: "one.so", defining: Fitting.provides("1.0.0", as: "one"))
        try bench.serve("provider", as: "two.so", defining: Fitting.provides("1.1.0", as: "two"))
        try bench.serve("asker", as: "asker.so")
        func bound() -> String? {
            bench.loader.relations.relations.provider(of: "storage", for: "asker")?.id
        }
        #expect(bound() == "two")
        choice.providers = ["storage": "one"]
        bench.loader.applySwitches()
        try waitFor("the choice") { bound() == "one" }
        choice.providers = ["storage": "three"]
        bench.loader.applySwitches()
        #expect(
            try bench.nextRetired("asker")
                == "asker needs storage >=1 <2: the configuration chooses three, and there is no "
                + "such module; change storage under [modules.asker.providers]; or have it use "
                + "two: write storage = \"two\" under [modules.asker.providers]")
        choice.providers = [:]
        bench.loader.applySwitches()
        #expect(try bench.nextResumed() == "asker")
    }

    // MARK: Going

    @Test func `modules go with their provider, and come back with it and with their state`()
        throws
    {
        let bench = try KernelBench.watched()
        try bench.serve("answer", as: "base.so", defining: ["FIXTURE_ID=\"base\""])
        try bench.serve(
            "counter", as: "counter.so",
            defining: ["COUNTER_REQUIRES=\"{\\\"name\\\":\\\"base\\\"}\""])
        #expect(bench.call("counter.count").text == "1 one")
        try Files.remove(bench.path("base.so"))
        #expect(
            try bench.nextRetired("counter")
                == "counter needs base: no module provides it; install one that does")
        #expect(try bench.nextRetired("base") == "its file was removed")
        #expect(bench.call("counter.count").status == .notFound)
        try bench.install("answer", as: "base.so", defining: ["FIXTURE_ID=\"base\""])
        #expect(try bench.nextResumed() == "counter")
        #expect(bench.call("counter.count").text == "2 one")
    }

    @Test func `those who need others leave before these, at the end too`() throws {
        let bench = try KernelBench.watched()
        try bench.serve("provider", as: "provider.so")
        try bench.serve("asker", as: "asker.so")
        // The call of the module that needs the other is given its time while both leave.
        let call = bench.begin("asker.ask", "storage.later")
        try waitFor("the other's call") { bench.dispatcher.board.calls.count == 2 }
        bench.loader.stop(withinSeconds: 5)
        #expect(call.wait().text == "later")
    }

    @Test func `switching a provider off and on takes its dependants along`() throws {
        let isOn = Mutex(true)
        let bench = try KernelBench.watched {
            $0.settings = { manifest in
                var settings = ModuleSettings()
                if manifest.id == "provider" { settings.isEnabled = isOn.withLock { $0 } }
                return settings
            }
        }
        try bench.serve("provider", as: "provider.so")
        try bench.serve("asker", as: "asker.so")
        isOn.withLock { $0 = false }
        bench.loader.applySwitches()
        _ = try bench.nextRetired("asker")
        #expect(
            try bench.nextRetired("provider") == "it is switched off in the configuration")
        try waitFor("the reason") {
            bench.loader.slot("asker")?.problem
                == "asker needs storage >=1 <2: provider 1.0.0 provides storage 1.0.0, but is not "
                + "in service (it is switched off in the configuration); put provider right, and "
                + "asker comes into service by itself"
        }
        isOn.withLock { $0 = true }
        bench.loader.applySwitches()
        #expect(try bench.nextResumed() == "asker")
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
    }

    @Test func `a waiting module whose file is removed is forgotten`() throws {
        let bench = try KernelBench.watched()
        try bench.install("asker", as: "asker.so")
        _ = try bench.nextRetired("asker")
        try Files.remove(bench.path("asker.so"))
        try waitFor("it to be forgotten") { bench.loader.slot("asker") == nil }
        try bench.serve("provider", as: "provider.so")
        #expect(bench.loader.slots.map(\.id) == ["provider"])
    }

    @Test func `a provider that is taken back takes its dependants' bindings back`() throws {
        let bench = try KernelBench.watched()
        let flag = bench.folder.file("sick")
        try bench.serve("provider", as: "one.so", defining: Fitting.provides("1.0.0", as: "one"))
        try bench.serve(
            "counter", as: "counter.so",
            defining: ["COUNTER_PROVIDES=\"1.1.0\"", "COUNTER_SICK=\"\(flag)\""])
        try bench.serve("asker", as: "asker.so")
        func bound() -> String? {
            bench.loader.relations.relations.provider(of: "storage", for: "asker")?.id
        }
        #expect(bound() == "counter")
        _ = bench.call("counter.count")
        // The next build provides it no more, and is ill.
        try bench.serve(
            "counter", as: "counter.so", defining: ["COUNTER_SICK=\"\(flag)\""])
        #expect(bound() == "one")
        try Files.replace(flag, with: [])
        _ = try bench.nextReturned()
        try waitFor("the build before") { bound() == "counter" }
    }
}

/// A choice of the configuration that a test changes.
private final class SharedChoice: Sendable {
    private let state = Mutex<[String: String]>([:])

    var providers: [String: String] {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
