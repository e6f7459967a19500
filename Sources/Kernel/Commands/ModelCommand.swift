import KernelClient
import KernelSystem
import KernelTerminal
package import KernelWire
import ModuleJSON

/// `kernel model …`: one question about models, from the command line to the exit status.
package final class ModelCommand: Sendable {
    private let request: ModelRequest
    private let client: WireClient
    private let streams: CommandStreams
    private let printsJSON: Bool
    private let isAlone: Bool
    private let state = Condition(State())

    private struct State {
        var asked: RequestID?
        var interruptions = 0
    }

    /// `isAlone`: the kernel ends with this command.
    package init(
        _ transport: any WireTransport, _ request: ModelRequest, printsJSON: Bool,
        isAlone: Bool = false, _ streams: CommandStreams = CommandStreams(),
        introduction: Introduction = Introduction(client: "model")
    ) {
        self.request = request
        self.printsJSON = printsJSON
        self.isAlone = isAlone
        self.streams = streams
        client = WireClient(transport, introduction)
    }

    /// To be called once, on a thread that may block.
    package func run() -> ExitStatus {
        defer { client.close() }
        let status: ExitStatus
        do {
            try client.start(onNotification: { self.hear($0, $1) })
            _ = try client.request(Welcome.self)
            status = try perform()
        } catch {
            let isUnknown = (error as? WireError)?.isNotFound == true
            status = isUnknown ? .notFound : .failed
            if state.withLock({ $0.interruptions }) == 0 {
                streams.showProgress(nil)
                streams.printError(StyledText("kernel: \(error)", .error))
            }
        }
        return state.withLock { $0.interruptions } > 0 ? .interrupted : streams.finish(status)
    }

    /// To be called on SIGINT. The first one ends what was asked for, the second waits no longer.
    package func interrupt() {
        let (count, asked) = state.withLock { state in
            state.interruptions += 1
            return (state.interruptions, state.asked)
        }
        guard count == 1, let asked else { return client.close() }
        client.send(CancelRequest.method, ["request": asked.json]) { reply in
            // It is none of those that can be ended.
            if case .failure = reply { self.client.close() }
        }
    }

    private func perform() throws -> ExitStatus {
        switch request {
        case .list(let filter, let isRefreshed):
            return try list(filter, isRefreshed: isRefreshed)
        case .show(let name):
            return try ask(ModelChoiceRequest.show, ModelChoiceRequest(model: name)) {
                (details: ModelDetails) in (.lines(ModelLines.details(details)), true)
            }
        case .use(let name):
            return try ask(UseModel.method, UseModel(model: name, default: true)) {
                (details: ModelDetails) in
                (StyledText("The default is ") + ModelLines.sentence(details.model), true)
            }
        case .test(let name):
            return try ask(ModelChoiceRequest.test, ModelChoiceRequest(model: name)) {
                (trial: ModelTrial) in (ModelLines.trial(trial), trial.failure == nil)
            }
        case .pull(let name): return try work(ModelChoiceRequest.pull, name, "pulled")
        case .load(let name):
            try checkStays(name)
            return try work(ModelChoiceRequest.load, name, "loaded")
        case .unload(let name): return try work(ModelChoiceRequest.unload, name, "unloaded")
        }
    }

    /// A model that the kernel itself runs would be gone with this command.
    private func checkStays(_ name: String) throws {
        guard isAlone else { return }
        var wanted = ModelChoiceRequest(model: name)
        wanted.asksServer = false
        let details: ModelDetails = try WireClient.decode(
            try send(ModelChoiceRequest.show, try JSON.encode(wanted)),
            method: ModelChoiceRequest.show)
        guard details.model.provider == "local" else { return }
        throw WireError.refused(
            "no kernel runs that could keep \(name) loaded: start one with `kernel serve`; "
                + "`kernel ask` loads a model by itself")
    }

    private func list(_ filter: String?, isRefreshed: Bool) throws -> ExitStatus {
        let params = try JSON.encode(ListModels(refresh: isRefreshed ? true : nil))
        var overview: ModelOverview = try WireClient.decode(
            try send(ListModels.method, params), method: ListModels.method)
        let table = ModelTable(overview, filter: filter)
        if printsJSON {
            overview.models = table.models
            streams.print(StyledText(try JSON.encode(overview).pretty()))
        } else {
            streams.print(.lines(table.lines(columnsMax: streams.columnsMax)))
        }
        return .ok
    }

    private func work(_ method: String, _ name: String, _ verb: String) throws -> ExitStatus {
        try ask(method, ModelChoiceRequest(model: name)) { (done: ModelDone) in
            (ModelLines.done(verb, done), done.failure == nil)
        }
    }

    private func ask<Content: Decodable>(
        _ method: String, _ params: some Encodable,
        _ view: (Content) -> (text: StyledText, isGood: Bool)
    ) throws -> ExitStatus {
        let json = try send(method, try JSON.encode(params))
        let content: Content = try WireClient.decode(json, method: method)
        let (text, isGood) = view(content)
        switch (printsJSON, isGood) {
        case (true, _): streams.print(StyledText(json.pretty()))
        case (false, true): streams.print(text)
        case (false, false): streams.printError(StyledText("kernel: ", .error) + text)
        }
        return isGood ? .ok : .failed
    }

    private func send(_ method: String, _ params: JSON) throws(WireError) -> JSON {
        let id = client.makeRequestID()
        state.withLock { $0.asked = id }
        let reply: WireClient.Reply = client.wait { client, done in
            client.send(method, params, id: id, reply: done)
        }
        streams.showProgress(nil)
        return try reply.get()
    }

    /// On the client's thread.
    private func hear(_ method: String, _ params: JSON) {
        switch method {
        case ModelProgress.method:
            guard let progress = try? params.decode(ModelProgress.self) else { return }
            let text = ProgressPace.text(fraction: progress.fraction, note: progress.note)
            streams.showProgress(StyledText(text, .dim))
        case ChatNotice.method:
            guard let notice = try? params.decode(ChatNotice.self) else { return }
            let text = ProgressPace.text(fraction: notice.fraction, note: notice.text)
            streams.showProgress(StyledText(text, .dim))
        default: break
        }
    }
}
