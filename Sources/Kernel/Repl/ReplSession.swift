import KernelClient
import KernelSystem
import KernelTerminal
import KernelWire
import ModuleJSON
import Synchronization

/// What the threads of a REPL share: the one that works on lines, the client's, the reader's.
final class ReplSession: Sendable {
    let output: ReplOutput
    let options: ReplOptions
    let link: Mutex<Link>
    let calls = Condition(RunningCalls())
    let tasks = Mutex(RecentTasks())
    let answer = Condition(ReplAnswer())
    /// What was asked of models' servers.
    let works = Condition<Set<RequestID>>([])
    let models = Mutex<[ModelView]>([])
    private let known = Mutex(KnownModules())
    private let status = Mutex(Status())
    /// Of a kernel that died: what was said here is not said again by the one that comes back.
    private let saidNews = Mutex<Set<KernelNews>>([])

    /// To the kernel.
    struct Link {
        var client: WireClient
        /// The kernel is gone, and a new connection is wanted.
        var isReconnecting = false
        /// The kernel's process.
        var process: Int32?
        var isSafeMode = false

        mutating func learn(_ welcome: Welcome) {
            process = welcome.process
            isSafeMode = welcome.isSafeMode == true
        }
    }

    private struct Status {
        var worst: Int32 = 0
        var hasBegun = false
        var isOver = false
        var kernelIsGone = false
    }

    init(_ transport: any WireTransport, _ output: ReplOutput, _ options: ReplOptions) {
        var options = options
        options.introduction.showsNews = output.isForPerson
        link = Mutex(Link(client: WireClient(transport, options.introduction)))
        self.output = output
        self.options = options
    }

    var isSafeMode: Bool { link.withLock { $0.isSafeMode } }

    var client: WireClient { link.withLock { $0.client } }

    // MARK: - Begin and end

    /// Introduces this client and shows the first screen. False if the kernel did not answer.
    func begin() -> Bool {
        do {
            let client = client
            try start(client)
            let welcome = try client.request(Welcome.self)
            link.withLock { $0.learn(welcome) }
            status.withLock { $0.hasBegun = true }
            learn(welcome.modules)
            greet(welcome)
            return true
        } catch {
            output.aside(StyledText("The kernel does not answer: \(error)", .error))
            return false
        }
    }

    func start(_ client: WireClient) throws(SystemError) {
        try client.start(
            onNotification: { self.hear($0, $1) }, onClosed: { self.closed(client) })
    }

    private func closed(_ client: WireClient) {
        guard self.client === client, !client.isLeft else { return }
        if canReconnect { reconnect(after: client) } else { kernelIsGone() }
    }

    func greet(_ welcome: Welcome) {
        if output.isForPerson {
            let screen = WelcomeScreen(
                welcome, isAttached: options.reconnect != nil, model: currentModel)
            output.result(.lines(screen.lines(columnsMax: output.columnsMax)))
        } else {
            // A script's output is its own; what may make it fail is said elsewhere.
            for line in WelcomeScreen(welcome).failures { output.aside(line) }
        }
        for news in welcome.news ?? [] where saidNews.withLock({ $0.insert(news).inserted }) {
            output.aside(NewsLines.text(news))
        }
    }

    /// Calls that are still running end with this client.
    func finish() {
        status.withLock { $0.isOver = true }
        let plan = calls.withLock { $0.cancelAll() }
        for number in plan.numbers { requestCancel(number) }
        if !plan.newTasks.isEmpty {
            output.aside(StyledText("Cancelled: \(Self.list(plan.newTasks)).", .dim))
        }
        client.close()
        _ = output.detach()
    }

    /// Says so once, on whichever thread notices first, and ends the reading of lines.
    func kernelIsGone() {
        guard !client.isLeft else { return }
        let isSurprise = status.withLock { status in
            guard !status.isOver, !status.kernelIsGone else { return false }
            status.kernelIsGone = true
            status.worst = max(status.worst, Repl.failed)
            return true
        }
        calls.broadcast()
        guard isSurprise else { return }
        output.aside(StyledText("The kernel has gone away.", .error))
        output.stop()
    }

    // MARK: - Status

    /// A person has seen what failed: only the end of the kernel counts.
    var exitStatus: Int32 {
        output.isInteractive && (!client.isClosed || canReconnect)
            ? 0 : status.withLock { $0.worst }
    }

    func note(_ exit: Int32) {
        status.withLock { $0.worst = max($0.worst, exit) }
    }

    func fail(_ problem: some CustomStringConvertible, _ exit: Int32) {
        note(exit)
        output.aside(StyledText("\(problem)", .error))
    }

    /// Whether this client is leaving: what comes now is of no interest any more.
    var isOver: Bool { status.withLock { $0.isOver } }

    // MARK: - Modules

    var knownModules: KnownModules { known.withLock { $0 } }

    func learn(_ modules: [ModuleDescription]) {
        let new = KnownModules(modules)
        known.withLock { $0 = new }
    }

    /// Asks for the list again, without waiting for it.
    func refreshModules() {
        client.send(WireMethod.listModules, [:]) { reply in
            guard case .success(let json) = reply else { return }
            if let modules = try? json.decode([ModuleDescription].self) { self.learn(modules) }
        }
    }

    // MARK: - Interruption

    /// Ctrl-C. False if there is nothing to interrupt.
    func interrupt() -> Bool {
        guard status.withLock({ $0.hasBegun }) else {
            // There is nothing yet but a kernel that does not answer.
            client.close()
            return true
        }
        let hadAnswer = cancelAnswer()
        let hadWorks = cancelWorks()
        let plan = calls.withLock { $0.cancelAll() }
        for number in plan.numbers { requestCancel(number) }
        if !output.isForPerson {
            note(Repl.interrupted)
            output.stop()
            // With nothing left to cancel, the line that waits for an answer is over.
            if plan.newTasks.isEmpty && !hadAnswer { client.close() }
        }
        guard !plan.isEmpty else { return hadAnswer || hadWorks }
        if plan.newTasks.isEmpty {
            let tasks = Self.list(plan.oldTasks)
            output.aside(StyledText("Still waiting for the end of \(tasks). /quit leaves.", .dim))
        } else {
            output.aside(StyledText("Cancelling \(Self.list(plan.newTasks)).", .dim))
        }
        return true
    }

    func requestCancel(_ number: UInt64) {
        // That the call has ended meanwhile is no problem of anybody's.
        client.send(CancelCall.method, ["call": .integer(Int64(clamping: number))]) { _ in }
    }

    private static func list(_ tasks: [String]) -> String {
        guard tasks.count > 3 else { return tasks.joined(separator: ", ") }
        return tasks.prefix(3).joined(separator: ", ") + " and \(tasks.count - 3) more"
    }
}
