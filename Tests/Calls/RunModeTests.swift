import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSystem
import KernelTesting
import KernelWorkers
import Testing

@testable import KernelCalls

/// One module whose tasks run in every mode: where they run, and what becomes of a call that is
/// asked to end, heeds that or does not, or takes its process with it.
@Suite(.blocking) struct RunModeTests {
    private func bench(
        _ change: (inout KernelBench.Options) -> Void = { _ in }
    ) throws -> KernelBench {
        let bench = try KernelBench {
            $0.dispatcher.graceSeconds = 0.2
            change(&$0)
        }
        try bench.install("modes")
        bench.loader.add([.init(bench.modules, .folder, .user)])
        _ = try bench.nextServing()
        return bench
    }

    private struct Place: Equatable {
        let process: Int32
        let thread: Int32
        let mode: String

        init(_ outcome: CallOutcome) throws {
            let parts = outcome.text.split(separator: " ")
            try #require(parts.count == 3, "\(outcome.text)")
            process = try #require(Int32(parts[0]))
            thread = try #require(Int32(parts[1]))
            mode = String(parts[2])
        }
    }

    @Test func `a task runs on the main loop, on a thread or in a process, as its mode says`()
        throws
    {
        let bench = try bench()
        let onMain = try Place(bench.call("modes.main"))
        let onThread = try Place(bench.call("modes.thread"))
        let inProcess = try Place(bench.call("modes.process"))
        #expect([onMain.mode, onThread.mode, inProcess.mode] == ["1", "2", "3"])
        #expect(onMain.process == onThread.process)
        #expect(onMain.thread != onThread.thread)
        #expect(inProcess.process != onMain.process)
        // The main loop is one thread.
        #expect(try Place(bench.call("modes.main")) == onMain)
        // A warm worker serves again.
        #expect(try Place(bench.call("modes.process")).process == inProcess.process)
    }

    @Test func `in a worker mode main is the process's main thread`() throws {
        let bench = try bench()
        let lease = try #require(
            try bench.loader.slot("modes")?.current?.workers.take(), "no worker")
        let listener = WaitingListener()
        let request = CallRequest(
            id: 900_001, task: 0, mode: .main, kind: .bytes, arguments: [], deadlineNanoseconds: 0)
        let place = try Place(try lease.worker.call(request, listener, graceSeconds: 1))
        #expect(place.process == place.thread)
        #expect(place.process == lease.worker.process)
        bench.loader.slot("modes")?.current?.workers.giveBack(lease, isSound: true)
    }

    @Test(arguments: RunMode.allCases)
    func `the configuration moves a task to another mode`(mode: RunMode) throws {
        let bench = try bench {
            $0.dispatcher.override = { _, _ in TaskOverride(mode: mode) }
        }
        for task in ["main", "thread", "process"] {
            #expect(try Place(bench.call("modes.\(task)")).mode == "\(mode.rawValue)")
        }
    }

    // MARK: Ending

    @Test(arguments: RunMode.allCases, ["heed", "poll"])
    func `a task that heeds ends as cancelled, and says why it ended at a deadline`(
        mode: RunMode, how: String
    ) throws {
        let bench = try bench()
        let asked = bench.begin("modes.\(mode.name)", how)
        try waitFor("the call to run") { bench.dispatcher.board.call(asked.id) != nil }
        #expect(bench.dispatcher.board.cancel(asked.id))
        let outcome = asked.wait()
        #expect(outcome.status == .cancelled, "\(outcome.message)")
        let late = bench.call("modes.\(mode.name)", how, timeoutSeconds: 0.1)
        #expect(late.status == .deadline, "\(late.message)")
        #expect(late.message.contains("stopped at its deadline"), "\(late.message)")
        #expect(try Place(bench.call("modes.\(mode.name)")).mode == "\(mode.rawValue)")
        #expect(asked.ends.count == 1)
    }

    @Test(arguments: RunMode.allCases)
    func `a call that is cancelled before it began never begins`(mode: RunMode) throws {
        let bench = try bench {
            $0.threadsMax = 1; $0.loader.workers.workersMax = 1
        }
        let first = bench.begin("modes.\(mode.name)", "heed")
        try waitFor("the call to run") {
            bench.dispatcher.board.call(first.id)?.hasBegun ?? false
        }
        let second = bench.begin("modes.\(mode.name)", "deaf")
        #expect(bench.dispatcher.board.cancel(second.id))
        let outcome = second.wait()
        #expect(outcome.status == .cancelled)
        #expect(!outcome.message.contains("killed"), "\(outcome.message)")
        #expect(bench.dispatcher.board.cancel(first.id))
        #expect(first.wait().status == .cancelled)
        #expect(first.ends.count == 1 && second.ends.count == 1)
    }

    @Test func `a deaf call on a thread is given up, counted, and counted back when it returns`()
        throws
    {
        let bench = try bench()
        let deaf = bench.begin("modes.thread", "deaf", timeoutSeconds: 0.1)
        let outcome = deaf.wait()
        #expect(outcome.status == .deadline)
        #expect(outcome.message.contains("its thread is given up until it returns"))
        try waitFor("the thread to be counted") { bench.pool.counts.abandoned == 1 }
        #expect(bench.loader.slot("modes")?.statistics.counts.abandoned == 1)
        // The others go on; this one lets it return, which nobody hears.
        #expect(bench.call("modes.thread", "release").text == "release")
        try waitFor("the thread to return") { bench.pool.counts.abandoned == 0 }
        #expect(deaf.ends.count == 1)
        #expect(bench.call("modes.thread", "unrelease").text == "unrelease")
    }

    @Test func `a deaf call on the main loop is reported by its name, and those behind it say so`()
        throws
    {
        let bench = try bench()
        let deaf = bench.begin("modes.main", "deaf", timeoutSeconds: 0.1)
        try waitFor("the call to run") { bench.mainLoop.running != nil }
        let behind = bench.begin("modes.main", timeoutSeconds: 0.1)
        #expect(deaf.wait().message.contains("it still blocks the main loop"))
        let waited = behind.wait()
        #expect(waited.status == .deadline)
        #expect(waited.message.contains("it still waited for its turn"))
        for words in ["has kept the main loop busy", "does not heed being cancelled"] {
            _ = try #require(
                bench.events.any {
                    if case .warning(let text) = $0 {
                        text.contains("modes.main") && text.contains(words)
                    } else {
                        false
                    }
                }, "\(bench.events.events)")
        }
        #expect(bench.call("modes.thread", "release").text == "release")
        #expect(try Place(bench.call("modes.main")).mode == "1")
        #expect(bench.call("modes.thread", "unrelease").text == "unrelease")
    }

    @Test func `a deaf call in a process costs the process its life, and nothing else`() throws {
        let bench = try bench()
        let process = try Place(bench.call("modes.process")).process
        let late = bench.call("modes.process", "deaf", timeoutSeconds: 0.1)
        #expect(late.status == .deadline)
        #expect(late.message.contains("was killed"))
        let other = try Place(bench.call("modes.process")).process
        #expect(other != process)
        let asked = bench.begin("modes.process", "deaf")
        try waitFor("the worker to be asked") { asked.notes == ["deaf"] }
        #expect(bench.dispatcher.board.cancel(asked.id))
        #expect(asked.wait().message.contains("did not heed being cancelled and was killed"))
        try waitFor("the processes to end") {
            !Files.exists("/proc/\(process)") && !Files.exists("/proc/\(other)")
        }
    }

    // MARK: Crashes

    struct Crash: Sendable {
        let how: String
        let words: String
    }

    @Test(arguments: [
        Crash(how: "segv", words: "was ended by SIGSEGV"),
        Crash(how: "abort", words: "was ended by SIGABRT"),
        Crash(how: "exit", words: "exited with status 3"),
    ])
    func `a worker that dies fails its call with how, and the next call works`(crash: Crash) throws
    {
        let bench = try bench()
        let outcome = bench.call("modes.process", crash.how)
        #expect(outcome.status == .failed)
        #expect(outcome.message.contains("modes.process (build "), "\(outcome.message)")
        #expect(outcome.message.contains("its process \(crash.words)"), "\(outcome.message)")
        #expect(try Place(bench.call("modes.process")).mode == "3")
    }

    @Test func `a warm worker that died while nobody used it costs no call`() throws {
        let bench = try bench()
        let process = try Place(bench.call("modes.process")).process
        try Shell.run("kill -9 \(process)")
        try waitFor("the worker to end") { !Files.exists("/proc/\(process)") }
        #expect(try Place(bench.call("modes.process")).process != process)
    }

    @Test func `a zygote that dies is started again`() throws {
        let bench = try bench()
        let worker = try Place(bench.call("modes.process")).process
        let status = try Shell.run("grep PPid /proc/\(worker)/status")
        let zygote = try #require(status.split(whereSeparator: \.isWhitespace).last)
        try Shell.run("kill -9 \(zygote)")
        try waitFor("the worker to end with it") { !Files.exists("/proc/\(worker)") }
        try waitFor("another zygote") { bench.call("modes.process").succeeded }
    }

    // MARK: What a call sends

    @Test(arguments: RunMode.allCases)
    func `pieces of output and progress arrive in order before the end`(mode: RunMode) throws {
        let bench = try bench()
        let call = bench.begin("modes.\(mode.name)", "pieces")
        #expect(call.wait().text == "done")
        #expect(call.pieces == ["piece 0", "piece 1", "piece 2"])
        #expect(call.notes.count == 3)
    }

    @Test(arguments: RunMode.allCases)
    func `a call may end later, from another thread, and only its first end counts`(
        mode: RunMode
    ) throws {
        let bench = try bench()
        #expect(bench.call("modes.\(mode.name)", "later").text == "later")
        let twice = bench.begin("modes.\(mode.name)", "twice")
        #expect(twice.wait().text == "once")
        let unkind = bench.call("modes.\(mode.name)", "unkind")
        #expect(unkind.status == .misuse && unkind.message.contains("unknown kind 77"))
        // Behind it, so that the second end was sent.
        #expect(try Place(bench.call("modes.\(mode.name)")).mode == "\(mode.rawValue)")
        #expect(twice.ends.count == 1)
    }

    @Test func `ten megabytes go to a worker and back whole`() throws {
        let bench = try bench()
        let large = (0..<10 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        for count in [0xFFFF, 0x10000, 0x10001, large.count] {
            let listener = WaitingListener()
            let bytes = Array(large.prefix(count))
            let order = CallOrder("modes.process", .bytes(bytes))
            bench.dispatcher.call(order, id: bench.dispatcher.newCallID(), listener)
            let outcome = listener.wait()
            #expect(outcome.value == bytes, "\(count) bytes: \(outcome.message)")
        }
    }

    @Test func `what a worker prints is labelled, and a flood of it is cut and counted`() throws {
        let bench = try bench()
        #expect(bench.call("modes.process", "flood").text == "printed")
        let first = bench.events.line { $0.text == "line 0 of a flood" }
        #expect(first?.module == "modes" && first?.level == .info)
        let error = bench.events.line { $0.text == "an error at the end" }
        #expect(error?.level == .warning)
        // The worker ends, and with it its output.
        bench.loader.slot("modes")?.current?.workers.renew()
        let notice = bench.events.line { $0.text.hasSuffix("more lines were dropped)") }
        #expect(notice?.module == "modes")
        // The flood may fall into several seconds.
        #expect(bench.events.lines.count < 20_000)
    }

    // MARK: Workers

    @Test func `two calls run in two processes at once, and more wait for their turn`() throws {
        let bench = try bench { $0.loader.workers.workersMax = 2 }
        let one = bench.begin("modes.process", "heed")
        let two = bench.begin("modes.process", "heed")
        let workers = try #require(bench.loader.slot("modes")?.current?.workers)
        try waitFor("both to run") { workers.counts.busy == 2 }
        let three = bench.begin("modes.process")
        let late = bench.call("modes.process", timeoutSeconds: 0.1)
        #expect(late.status == .deadline)
        #expect(late.message.contains("waited until its deadline for a free worker"))
        #expect(three.ends.isEmpty)
        #expect(bench.dispatcher.board.cancel(one.id))
        #expect(one.wait().status == .cancelled)
        #expect(try Place(three.wait()).mode == "3")
        #expect(bench.dispatcher.board.cancel(two.id))
        #expect(two.wait().status == .cancelled)
        try waitFor("both to be idle") { workers.counts.busy == 0 }
        #expect(workers.counts.idle <= 2)
    }

    @Test func `each call gets a process of its own where that is wanted`() throws {
        let bench = try bench { $0.loader.workers.callsMax = 1 }
        let processes = try (1...4).map { _ in try Place(bench.call("modes.process")).process }
        #expect(Set(processes).count == 4)
        try waitFor("them to end") { processes.allSatisfy { !Files.exists("/proc/\($0)") } }
    }

    @Test func `an idle worker ends after a while`() throws {
        let bench = try bench { $0.loader.workers.idleSeconds = 0.1 }
        let process = try Place(bench.call("modes.process")).process
        try waitFor("the worker to end") { !Files.exists("/proc/\(process)") }
        #expect(try Place(bench.call("modes.process")).process != process)
    }

    @Test func `a cancellation that overtakes its call ends it`() throws {
        let bench = try bench()
        for _ in 1...50 {
            let call = bench.begin("modes.process", "heed")
            _ = bench.dispatcher.board.cancel(call.id)
            let outcome = call.wait()
            #expect(outcome.status == .cancelled, "\(outcome.message)")
            #expect(!outcome.message.contains("killed"), "\(outcome.message)")
        }
    }

    @Test func `a deadline that overtakes its call is told as one`() throws {
        let bench = try bench()
        for round in 1...100 {
            let late = bench.call(
                "modes.process", "heed", timeoutSeconds: Double(round) * 0.000_05)
            #expect(late.status == .deadline, "\(late.message)")
        }
    }

    @Test(arguments: [-1, 0, Double.nan, Double.infinity, -Double.infinity, 1e300])
    func `an absurd timeout harms nobody`(seconds: Double) throws {
        let bench = try bench()
        let outcome = bench.call("modes.thread", timeoutSeconds: seconds)
        #expect(outcome.succeeded || outcome.status == .deadline)
    }
}
