import KernelClient
import KernelMarkdown
import KernelSystem
import KernelTerminal
import KernelWire
import ModuleJSON
import Synchronization

/// The answer that is coming, if there is one: a value without I/O.
struct ReplAnswer: Sendable {
    var request: RequestID?
    var isCancelling = false
    /// For a person.
    var lines: AnswerLines?
    /// When the last of it was seen.
    var heardNanoseconds: UInt64 = 0
    /// A script's output: whether the last byte was the end of a line.
    var isAtLineStart = true
}

/// Chat: what is said to the model, and what it answers.
extension ReplSession {
    /// With a person the answer comes above the next line, which can be typed meanwhile; a script
    /// waits for its end.
    func say(_ text: String) {
        let request = client.makeRequestID()
        let look = output.look
        let isFree = answer.withLock { answer in
            guard answer.request == nil else { return false }
            answer = ReplAnswer()
            answer.request = request
            answer.lines = look.map { AnswerLines($0) }
            return true
        }
        guard isFree else {
            return fail(
                "The model is still answering: wait for its end, or end it with Ctrl-C. The line "
                    + "is in the history.", Repl.failed)
        }
        client.send(SayInChat.method, ["text": .string(text)], id: request) { reply in
            self.endAnswer(reply, said: text)
        }
        guard !output.isInteractive else { return }
        _ = answer.wait { $0.request == nil ? true : nil }
    }

    /// Ctrl-C: true if there was an answer to end.
    func cancelAnswer() -> Bool {
        let (request, isFirst) = answer.withLock { answer in
            defer { answer.isCancelling = answer.request != nil }
            return (answer.request, !answer.isCancelling)
        }
        guard let request else { return false }
        if isFirst {
            client.send(CancelRequest.method, ["request": request.json]) { _ in }
        } else {
            output.aside(StyledText("Still waiting for the end of the answer.", .dim))
        }
        return true
    }

    // MARK: - News, on the client's thread

    func hearChat(_ method: String, _ params: JSON) {
        switch method {
        case ChatPiece.text, ChatPiece.thinking:
            guard let piece = try? params.decode(ChatPiece.self) else { return }
            hear(piece, isThinking: method == ChatPiece.thinking)
        case ChatNotice.method:
            if let notice = try? params.decode(ChatNotice.self) { hear(notice) }
        case ModelProgress.method:
            guard let progress = try? params.decode(ModelProgress.self) else { return }
            showMoment(ProgressPace.text(fraction: progress.fraction, note: progress.note))
        default: break
        }
    }

    private func hear(_ piece: ChatPiece, isThinking: Bool) {
        guard output.isForPerson else { return isThinking ? () : write(piece) }
        let shown = answer.withLock { answer -> (lines: [StyledText], unfinished: [StyledText])? in
            guard answer.request == piece.request, var lines = answer.lines else { return nil }
            answer.heardNanoseconds = SystemClock.monotonicNanoseconds
            let ended = lines.add(piece.text, isThinking: isThinking)
            answer.lines = lines
            return (ended, lines.unfinished)
        }
        guard let shown else { return }
        output.stream(
            shown.lines.isEmpty ? nil : .lines(shown.lines), unfinished: .lines(shown.unfinished))
    }

    /// A script gets the answer as it comes.
    private func write(_ piece: ChatPiece) {
        let isOurs = answer.withLock { answer in
            guard answer.request == piece.request else { return false }
            answer.isAtLineStart = piece.text.last?.isNewline == true
            return true
        }
        if isOurs { output.write(piece.text) }
    }

    private func hear(_ notice: ChatNotice) {
        guard notice.isMomentary else {
            return output.aside(StyledText(notice.text, .warning))
        }
        let unfinished = answer.withLock { answer -> StyledText? in
            // Whoever sees thoughts go by needs no word that there are some.
            let silence = SystemClock.monotonicNanoseconds - answer.heardNanoseconds
            let isSeen = notice.kind == ChatNotice.working && silence < Self.silenceNanoseconds
            return isSeen ? nil : .lines(answer.lines?.unfinished ?? [])
        }
        guard let unfinished else { return }
        showMoment(
            ProgressPace.text(fraction: notice.fraction, note: notice.text), under: unfinished)
    }

    private static let silenceNanoseconds: UInt64 = 3_000_000_000

    /// What holds for a moment is seen where the rest of the answer will be.
    private func showMoment(_ text: String, under unfinished: StyledText = "") {
        guard output.isInteractive else { return }
        let moment = StyledText("\(text)   Ctrl-C cancels", .dim)
        output.stream(
            nil, unfinished: unfinished.text.isEmpty ? moment : .lines([unfinished, moment]))
    }

    private func endAnswer(_ reply: WireClient.Reply, said text: String) {
        let (rest, isAtLineStart) = answer.withLock { answer in
            (answer.lines?.finish() ?? [], answer.isAtLineStart)
        }
        if output.isForPerson {
            output.stream(rest.isEmpty ? nil : .lines(rest), unfinished: "")
        } else if !isAtLineStart {
            output.write("\n")
        }
        if !isOver, !client.isLeft { showEnd(reply, said: text) }
        answer.withLock { $0.request = nil }
        answer.broadcast()
    }

    private func showEnd(_ reply: WireClient.Reply, said text: String) {
        do throws(WireError) {
            let answer: ChatAnswerMessage = try WireClient.decode(
                try reply.get(), method: SayInChat.method)
            if answer.failure != nil { note(Repl.failed) }
            if let remark = ModelLines.remark(answer) { output.aside(remark) }
            if answer.failure != nil, answer.text.isEmpty {
                output.aside(StyledText("What you said is not part of the chat.", .dim))
            }
        } catch {
            guard error.isNotFound else { return fail("No answer: \(error)", Repl.failed) }
            let first = CommandWords(text).words.first?.text ?? text
            fail(
                "\"\(first)\" is no task, and no model is there to talk to: \(error). "
                    + "/help lists what else a line can be", Repl.notUnderstood)
        }
    }
}
