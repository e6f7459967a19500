import KernelClient
import KernelSystem
import KernelTerminal
import KernelWire
import ModuleJSON
import Synchronization

/// `/model`
extension ReplSession {
    func perform(_ line: ReplLine.ModelLine) {
        switch line {
        case .choose(let name): choose(name)
        case .standard(let name):
            use(UseModel(model: name, default: true), "The default, and the model here, is ")
        case .show(let name):
            ask(ModelChoiceRequest.show, Self.json(ModelChoiceRequest(model: name))) {
                (details: ModelDetails) in ModelLines.details(details)
            }
        case .test(let name):
            work(ModelChoiceRequest.test, name) { (trial: ModelTrial) in
                (ModelLines.trial(trial), trial.failure == nil)
            }
        case .pull(let name): work(ModelChoiceRequest.pull, name, "pulled")
        case .load(let name): work(ModelChoiceRequest.load, name, "loaded")
        case .unload(let name): work(ModelChoiceRequest.unload, name, "unloaded")
        }
    }

    /// Made of text, so it always has a form in JSON.
    private static func json(_ content: some Encodable) -> JSON {
        (try? JSON.encode(content)) ?? [:]
    }

    // MARK: - Which one

    private func choose(_ name: String?) {
        ask(ListModels.method) { (overview: ModelOverview) in
            self.models.withLock { $0 = overview.models }
            if let name, let wanted = Self.exactly(name, overview) {
                self.use(UseModel(model: wanted), "The model here is ")
                return []
            }
            return self.list(overview, filter: name)
        }
    }

    /// The very name of a model: its own, the provider's if only one has it, or one that a provider
    /// may have although it does not list it.
    private static func exactly(_ name: String, _ overview: ModelOverview) -> String? {
        if overview.models.contains(where: { $0.name == name }) { return name }
        let same = overview.models.filter { $0.model == name }
        if let only = same.first, Set(same.map(\.provider)).count == 1 { return only.name }
        let provider = name.prefix { $0 != "/" }
        let isWhole = provider.count < name.count - 1
        return isWhole && overview.providers.contains { $0.name == provider } ? name : nil
    }

    private func list(_ overview: ModelOverview, filter: String?) -> [StyledText] {
        let table = ModelTable(overview, filter: filter)
        var lines = table.lines(columnsMax: output.columnsMax, isShort: output.isForPerson)
        let current = overview.models.first(where: \.isCurrent)
        if filter == nil, output.isForPerson {
            if let current {
                lines.append(StyledText("The model here is ") + ModelLines.sentence(current))
            } else if overview.current == nil, !overview.models.isEmpty {
                lines.append(
                    StyledText("None is chosen: /model <name> for here, /model default <name>"))
            }
        }
        if overview.models.isEmpty && overview.providers.isEmpty {
            lines.append(
                StyledText("No provider is configured: kernel setup finds a model that answers."))
        }
        return lines
    }

    private func use(_ use: UseModel, _ head: String) {
        ask(UseModel.method, Self.json(use)) { (details: ModelDetails) in
            [StyledText(head) + ModelLines.sentence(details.model)]
                + (details.losses ?? []).map { StyledText($0, .warning) }
        }
    }

    // MARK: - What takes a while

    private func work(_ method: String, _ name: String, _ verb: String) {
        work(method, name) { (done: ModelDone) in
            (ModelLines.done(verb, done), done.failure == nil)
        }
    }

    /// With a person the next line can be typed meanwhile.
    private func work<Content: Decodable & Sendable>(
        _ method: String, _ name: String?,
        _ view: @escaping @Sendable (Content) -> (StyledText, Bool)
    ) {
        let request = client.makeRequestID()
        _ = works.withLock { $0.insert(request) }
        let params = Self.json(ModelChoiceRequest(model: name))
        client.send(method, params, id: request) { reply in
            if self.output.isInteractive { self.output.stream(nil, unfinished: "") }
            do throws(WireError) {
                let (text, isGood) = view(
                    try WireClient.decode(try reply.get(), method: method))
                if isGood { self.output.result(text) } else { self.fail(text.text, Repl.failed) }
            } catch {
                if !self.client.isLeft { self.fail(error, Repl.failed) }
            }
            _ = self.works.withLock { $0.remove(request) }
            self.works.broadcast()
        }
        guard !output.isInteractive else { return }
        _ = works.wait { $0.isEmpty ? true : nil }
    }

    /// Ctrl-C: true if there was something to end.
    func cancelWorks() -> Bool {
        let works = works.withLock { $0 }
        for request in works {
            client.send(CancelRequest.method, ["request": request.json]) { _ in }
        }
        return !works.isEmpty
    }

    // MARK: - What the kernel knows without asking anybody

    private static let momentNanoseconds: UInt64 = 300_000_000

    /// Waits no more than a moment; nil if it takes longer.
    private func soon(_ method: String, _ params: JSON) -> WireClient.Reply? {
        let answer = Condition<WireClient.Reply?>(nil)
        client.send(method, params) { reply in
            answer.withLock { $0 = reply }
            answer.broadcast()
        }
        let deadline = SystemClock.monotonicNanoseconds + Self.momentNanoseconds
        return answer.wait(untilNanoseconds: deadline) { $0 }
    }

    /// For the first screen: which model answers, or how to get one.
    var currentModel: StyledText? {
        guard let reply = soon(ModelChoiceRequest.show, ["asksServer": false]) else { return nil }
        do throws(WireError) {
            let details: ModelDetails = try WireClient.decode(
                try reply.get(), method: ModelChoiceRequest.show)
            return StyledText("  model: ") + ModelLines.sentence(details.model)
        } catch {
            return error.isNotFound ? StyledText("  no model: \(error)", .warning) : nil
        }
    }

    /// For completion.
    var knownModels: [ModelView] {
        let reply = soon(ListModels.method, ["refresh": false])
        let new = reply.map { reply in
            (try? reply.get().decode(ModelOverview.self))?.models ?? []
        }
        return models.withLock { models in
            models = new ?? models
            return models
        }
    }
}
