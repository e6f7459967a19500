import KernelBase
import KernelClient
import KernelSystem
import KernelTerminal
import KernelWire
import Synchronization

/// A kernel that goes away and comes back: the line being typed stays, and the conversation goes on
/// with the next one.
extension ReplSession {
    private static let firstPauseMilliseconds: UInt64 = 50
    private static let pauseMillisecondsMax: UInt64 = 2_000
    /// A kernel that is back so soon needs no telling that it is not there.
    private static let quietMilliseconds: UInt64 = 400

    /// A script ends with its kernel: half of it may have been done.
    var canReconnect: Bool { options.reconnect != nil && output.isInteractive }

    var isReconnecting: Bool { link.withLock { $0.isReconnecting } }

    /// Begins to look for the next kernel.
    func reconnect(after lost: WireClient) {
        let (isNew, process) = link.withLock { link in
            guard link.client === lost, !link.isReconnecting else { return (false, Int32(0)) }
            link.isReconnecting = true
            return (true, link.process ?? 0)
        }
        guard isNew, !isOver else { return }
        let which = process > 0 ? " (process \(process))" : ""
        output.aside(
            StyledText("The kernel\(which) has gone away. Looking for the next one.", .error))
        do {
            try SystemThread.start(name: "reconnect") { self.findNext() }
        } catch {
            output.aside(StyledText("\(error)", .error))
            kernelIsGone()
        }
    }

    private func findNext() {
        var pause = Self.firstPauseMilliseconds
        var saidProblem = ""
        while !isOver {
            do {
                if try connect() { return }
            } catch let error as WireError where error.isMismatch {
                output.aside(StyledText("There is another kernel now: \(error)", .error))
                return kernelIsGone()
            } catch {
                let problem = "No connection yet: \(error)"
                if problem != saidProblem { output.aside(StyledText(problem, .warning)) }
                saidProblem = problem
            }
            if pause >= Self.quietMilliseconds {
                let wait = Amount.duration(milliseconds: Double(pause))
                output.setPrompt(
                    StyledText("no kernel, next try in \(wait) ", .dim) + options.prompt)
            }
            SystemThread.sleep(nanoseconds: pause * 1_000_000)
            pause = min(pause * 2, Self.pauseMillisecondsMax)
        }
    }

    /// Nil if the kernel has gone away again.
    private func welcome(of client: WireClient) throws(WireError) -> Welcome? {
        do throws(WireError) {
            return try client.request(Welcome.self)
        } catch {
            client.close()
            if error == WireClient.kernelIsGone { return nil }
            throw error
        }
    }

    private func connect() throws -> Bool {
        guard let transport = try options.reconnect?() else { return false }
        let client = WireClient(transport, options.introduction)
        try start(client)
        guard let welcome = try welcome(of: client) else { return false }
        learn(welcome.modules)
        link.withLock { link in
            link.client = client
            link.learn(welcome)
            link.isReconnecting = false
        }
        output.setPrompt(options.prompt)
        output.aside(StyledText("Connected again.", .success))
        greet(welcome)
        followAgain()
        // It may have gone before it was ours, and then nobody has noticed.
        if client.isClosed { reconnect(after: client) }
        return true
    }
}
