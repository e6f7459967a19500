import KernelClient
import KernelSystem
import KernelTerminal
import KernelWire
import ModuleJSON

/// Calls and what they say.
extension ReplSession {
    /// Begins a call. With a person it goes on by itself; a script waits for its end.
    func call(_ run: RunCall) {
        let request = client.makeRequestID()
        let now = options.clock()
        calls.withLock { $0.begin(request, task: run.task, atNanoseconds: now) }
        // Made of text and JSON only, so it always has a form in JSON.
        let params = (try? JSON.encode(run)) ?? [:]
        client.send(RunCall.method, params, id: request) { self.end(request, $0) }
        guard !output.isInteractive else { return }
        _ = calls.wait { $0.isEmpty ? true : nil }
    }

    /// On the client's thread.
    private func end(_ request: RequestID, _ reply: WireClient.Reply) {
        guard let call = calls.withLock({ $0.beginEnd(request) }) else { return }
        if !isOver, !client.isLeft { showEnd(call, reply) }
        calls.withLock { $0.end(request) }
        calls.broadcast()
    }

    private func showEnd(_ call: RunningCalls.Call, _ reply: WireClient.Reply) {
        var call = call
        if let rest = call.output.finish() { showOutput(rest, call) }
        do throws(WireError) {
            let outcome: CallAnswer = try WireClient.decode(
                try reply.get(), method: RunCall.method)
            show(OutcomeText(task: call.task, outcome: outcome))
        } catch {
            let verb = error == WireClient.kernelIsGone ? "is lost" : "failed"
            fail("\(call.task) \(verb): \(error)", Repl.failed)
        }
    }

    private func show(_ text: OutcomeText) {
        if !text.outcome.succeeded {
            note(Repl.failed)
            output.aside(text.failure)
        } else if output.isForPerson {
            output.result(text.labelled(columnsMax: output.columnsMax))
        } else if !text.plain.isEmpty {
            output.result(StyledText(text.plain))
        }
    }

    // MARK: - News of calls

    func hearCall(_ method: String, _ news: CallNews) {
        switch method {
        case CallNews.started:
            let isUnwanted = calls.withLock { $0.started(news.request, number: news.call) }
            if isUnwanted { requestCancel(news.call) }
        case CallNews.progress: hearProgress(news)
        default: hearOutput(news)
        }
    }

    private func hearProgress(_ news: CallNews) {
        guard output.isForPerson else { return }
        let text = ProgressPace.text(fraction: news.fraction, note: news.note)
        let now = options.clock()
        let task = calls.withLock { calls in
            calls.update(news.request) { call in
                call.pace.shows(text, atNanoseconds: now) ? call.task : nil
            } ?? nil
        }
        if let task { output.aside(StyledText("\(task): \(text)", .dim)) }
    }

    private func hearOutput(_ news: CallNews) {
        guard let piece = news.value.map({ WirePayload.text(news.kind, $0) }) else { return }
        let lines = calls.withLock { calls in
            calls.update(news.request) { call -> (RunningCalls.Call, String)? in
                guard let lines = call.output.add(piece) else { return nil }
                defer { call.hasPrinted = true }
                return (call, lines)
            } ?? nil
        }
        if let (call, lines) = lines { showOutput(lines, call) }
    }

    private func showOutput(_ lines: String, _ call: RunningCalls.Call) {
        let label = output.isForPerson && !call.hasPrinted
        let head = label ? StyledText("\(call.task):\n", .dim) : ""
        output.result(head + StyledText(lines))
    }
}
