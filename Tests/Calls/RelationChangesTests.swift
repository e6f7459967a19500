import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelResidence
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelCalls

/// Modules that need others, while something goes wrong, or several things happen at once.
@Suite struct RelationChangesTests {
    private static let newAsker = [Fitting.requires(Fitting.requirement("storage", ">=2"))]

    /// A provider and one who needs it, both in service.
    private func bench(
        _ change: (inout KernelBench.Options) -> Void = { _ in }
    ) throws -> KernelBench {
        let bench = try KernelBench.watched(change)
        try bench.serve("provider", as: "provider.so", defining: Fitting.provides("1.0.0"))
        try bench.serve("asker", as: "asker.so")
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
        return bench
    }

    private func comingsAndGoings(_ bench: KernelBench) -> [String] {
        bench.events.events.compactMap { event in
            switch event {
            case .retired(let module, _): "-" + module
            case .resumed(let module, _): "+" + module
            default: nil
            }
        }
    }

    // MARK: Builds that fail

    @Test func `a provider whose new build fails costs those that need it nothing`() throws {
        let bench = try bench()
        _ = try bench.refusal("asker", as: "asker.so", defining: Self.newAsker)
        let refused = try bench.refusal(
            "provider", as: "provider.so",
            defining: Fitting.provides("2.0.0") + ["FIXTURE_BROKEN"])
        #expect(refused.reason.contains("it is broken"), "\(refused)")
        #expect(comingsAndGoings(bench) == [])
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
        // One that is sound takes the build along that waits.
        try bench.install("provider", as: "provider.so", defining: Fitting.provides("2.0.0"))
        #expect(try bench.nextServing().module == "provider")
        #expect(try bench.nextServing().module == "asker")
    }

    @Test func `a provider does not come in for a build that fails`() throws {
        let bench = try bench()
        _ = try bench.refusal(
            "asker", as: "asker.so", defining: Self.newAsker + ["FIXTURE_BROKEN"])
        try bench.install("provider", as: "provider.so", defining: Fitting.provides("2.0.0"))
        let other = try bench.nextRefused()
        #expect(other.module == "asker" && other.reason.contains("it is broken"), "\(other)")
        let refused = try bench.nextRefused()
        #expect(refused.module == "provider")
        #expect(
            refused.reason.hasPrefix(
                "it would put asker out of service: the build of asker that waits for it could "
                    + "not probe: "), "\(refused.reason)")
        #expect(comingsAndGoings(bench) == [])
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
        // Once the other one is put right both come in.
        try bench.install("asker", as: "asker.so", defining: Self.newAsker)
        #expect(try bench.nextServing().module == "provider")
        #expect(try bench.nextServing().module == "asker")
    }

    @Test func `a build that would fit with another is refused when that one fails`() throws {
        let bench = try bench()
        _ = try bench.refusal(
            "provider", as: "provider.so",
            defining: Fitting.provides("2.0.0") + ["FIXTURE_BROKEN"])
        try bench.install("asker", as: "asker.so", defining: Self.newAsker)
        let first = try bench.nextRefused()
        #expect(first.module == "provider" && first.reason.contains("it is broken"), "\(first)")
        let second = try bench.nextRefused()
        #expect(second.module == "asker" && second.step == "relations")
        #expect(second.reason.hasPrefix("asker needs storage >=2: provider 1.0.0 provides"))
        #expect(bench.loader.slot("asker")?.problem?.contains(second.reason) == true)
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
    }

    // MARK: Leaving

    @Test func `nobody comes back while what it needs still leaves`() throws {
        let isOn = Mutex(true)
        let bench = try bench {
            $0.loader.drainSeconds = 60
            $0.settings = { manifest in
                var settings = ModuleSettings()
                if manifest.id == "provider" { settings.isEnabled = isOn.withLock { $0 } }
                return settings
            }
        }
        // The provider waits for the end of this call before it leaves.
        let call = bench.begin("provider.hang")
        isOn.withLock { $0 = false }
        bench.loader.applySwitches()
        _ = try bench.nextRetired("asker")
        for _ in 0..<3 { bench.loader.applySwitches() }
        try waitFor("the loader to settle") { bench.loader.isSettled }
        #expect(comingsAndGoings(bench) == ["-asker"])
        #expect(bench.dispatcher.board.cancel(call.id))
        _ = try bench.nextRetired("provider")
        isOn.withLock { $0 = true }
        bench.loader.applySwitches()
        #expect(try bench.nextResumed() == "asker")
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
        #expect(comingsAndGoings(bench) == ["-asker", "-provider", "+asker"])
    }

    @Test func `a module that waits for its provider is not started again when it dies`() throws {
        let bench = try bench { $0.isolate() }
        let generation = try #require(bench.loader.slot("asker")?.current)
        let process = try bench.resident("asker").process
        try Files.remove(bench.path("provider.so"))
        _ = try bench.nextRetired("asker")
        try Shell.run("kill -9 \(process)")
        try waitFor("the worker to be missed") { generation.instanceIfPresent == nil }
        #expect(generation.instanceOnceMade(withinSeconds: 10) == nil)
        try bench.barrier()
        #expect(!bench.events.events.contains { if case .ended = $0 { true } else { false } })
        try bench.install("provider", as: "provider.so")
        #expect(try bench.nextResumed() == "asker")
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
    }

    @Test func `a module that waits for its provider comes back with the new configuration`()
        throws
    {
        let word = Mutex("one")
        let bench = try KernelBench.watched {
            $0.settings = { _ in
                let own = Array(#"{"word":"\#(word.withLock { $0 })"}"#.utf8)
                var settings = ModuleSettings()
                settings.configuration = ModuleConfiguration(own: own)
                return settings
            }
        }
        try bench.serve("provider", as: "provider.so")
        try bench.serve(
            "configured", as: "configured.so",
            defining: ["CONFIGURED_EXTRA=\",\\\"requires\\\":[{\\\"name\\\":\\\"storage\\\"}]\""])
        #expect(bench.call("configured.answer").text == #"own {"word":"one"} user {}"#)
        try Files.remove(bench.path("provider.so"))
        _ = try bench.nextRetired("configured")
        word.withLock { $0 = "two" }
        let isDone = Condition(false)
        bench.loader.reconfigure(["configured"]) { isDone.withLock { $0 = true } }
        try waitFor("the configuration") { isDone.withLock { $0 } }
        try bench.install("provider", as: "provider.so")
        #expect(try bench.nextResumed() == "configured")
        #expect(bench.call("configured.answer").text == #"own {"word":"two"} user {}"#)
    }

    @Test func `a build that was refused is looked at when its module is switched on`() throws {
        let isOn = Mutex(true)
        let bench = try KernelBench.watched {
            $0.settings = { _ in
                var settings = ModuleSettings()
                settings.isEnabled = isOn.withLock { $0 }
                return settings
            }
        }
        try bench.serve("answer")
        isOn.withLock { $0 = false }
        bench.loader.applySwitches()
        _ = try bench.nextRetired("fixture")
        try Files.replace(bench.path("module.so"), with: Array("no library".utf8))
        _ = try bench.nextRefused()
        isOn.withLock { $0 = true }
        bench.loader.applySwitches()
        _ = try bench.nextRefused()
    }

    // MARK: The kernel's start and end

    @Test func `a module that needs others has no process before it is used`() throws {
        let folder = try TemporaryFolder()
        do {
            let bench = try KernelBench(remembering: folder)
            try bench.install("asker", as: "a.so")
            try bench.install("provider", as: "z.so")
            try Shell.run("cp -a \(bench.modules) \(folder.file("modules"))")
            bench.loader.add([.init(folder.file("modules"), .folder, .user)])
            bench.loader.waitUntilSettled(withinSeconds: 30)
            bench.loader.stop(withinSeconds: 5)
        }
        let bench = try KernelBench {
            $0.loader.storeFolder = folder.file("store")
            $0.loader.indexFile = folder.file("index")
            $0.isolate()
        }
        bench.loader.add([.init(folder.file("modules"), .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 30)
        let generations = bench.loader.slots.compactMap(\.current)
        #expect(generations.count == 2)
        for generation in generations {
            #expect(generation.instanceOnceMade(withinSeconds: 10) == nil)
        }
        #expect(bench.call("asker.ask", "storage.echo x").text == "x")
    }

    @Test func `no build comes into service once the kernel ends`() throws {
        let bench = try KernelBench()
        try bench.install("answer")
        bench.loader.add([.init(bench.modules, .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 30)
        #expect(bench.answer == "one")
        #expect(bench.loader.reload("fixture"))
        bench.loader.stop(withinSeconds: 5)
        try waitFor("the loader to settle") { bench.loader.isSettled }
        #expect(bench.loader.slot("fixture")?.current == nil)
    }
}
