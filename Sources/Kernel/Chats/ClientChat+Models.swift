import KernelModels
import KernelSystem
import KernelWire
import ModuleChat
import ModuleJSON
import Synchronization

/// What a client asks of models besides answers.
extension ClientChat {
    typealias Found = @Sendable (_ targets: [ModelTarget], _ name: String) -> Void

    func serveModels(
        _ id: RequestID, _ request: RunningRequest, _ method: String, _ params: JSON
    ) throws(WireError) {
        switch method {
        case ListModels.method:
            let list: ListModels = try Self.decode(params)
            desk.whenReady { self.list(id, list.refresh) }
        case UseModel.method:
            let use: UseModel = try Self.decode(params)
            desk.whenReady { self.use(id, request, use) }
        case ModelChoiceRequest.show:
            let wanted: ModelChoiceRequest = try Self.decode(params)
            guard wanted.asksServer != false else {
                return desk.whenReady { self.showKnown(id, wanted.model) }
            }
            find(id, request, wanted.model) { self.show(id, request, $0, $1) }
        case ModelChoiceRequest.test:
            let wanted: ModelChoiceRequest = try Self.decode(params)
            find(id, request, wanted.model) { targets, _ in self.test(id, request, targets[0]) }
        case ModelChoiceRequest.pull: try carryOut(id, request, .pull, params)
        case ModelChoiceRequest.load: try carryOut(id, request, .load, params)
        case ModelChoiceRequest.unload: try carryOut(id, request, .unload, params)
        default: throw .unknownMethod(method)
        }
    }

    /// The models for a name, or for that of this chat, or the default.
    private func find(
        _ id: RequestID, _ request: RunningRequest, _ name: String?, _ found: @escaping Found
    ) {
        desk.whenReady {
            let name = name ?? self.model ?? self.desk.models.directory.setup.standard
            self.desk.models.find(name, waits: { work in request.begin { work.cancel() } }) {
                switch $0 {
                case .success(let targets): found(targets, name ?? "\(targets[0].reference)")
                case .failure(let problem): self.refuse(id, .notFound(problem.description))
                }
            }
        }
    }

    // MARK: Lists

    private func list(_ id: RequestID, _ isRefreshed: Bool?) {
        desk.models.list(isRefreshed) { overview in
            let directory = self.desk.models.directory
            let setup = directory.setup
            let current = self.model ?? setup.standard
            let target = current.flatMap { try? directory.targets(for: $0).first }
            var models = overview.models.map { listing in
                let endpoint = setup.endpoints[listing.reference.provider]
                var view = ModelView(listing, isLocal: endpoint?.isLocal == true)
                if let condition = self.desk.models.condition(of: listing) { view.take(condition) }
                view.isCurrent =
                    current != nil
                    && (view.name == current
                        || setup.aliases[current ?? ""] == nil && listing.alias == nil
                            && listing.reference == target?.reference)
                return view
            }
            // The one that answers is shown also if no server lists it.
            if let current, let target, !models.contains(where: \.isCurrent) {
                var view = ModelView(target, name: current)
                if let condition = self.desk.models.condition(of: target) { view.take(condition) }
                view.isCurrent = true
                view.isStandard = current == setup.standard
                models.append(view)
            }
            self.reply(
                id,
                ModelOverview(
                    models: models, providers: overview.providers.map { ProviderView($0) },
                    current: current, standard: setup.standard))
        }
    }

    // MARK: One model

    private func details(_ targets: [ModelTarget], _ name: String) -> ModelDetails {
        let setup = desk.models.directory.setup
        var view = ModelView(targets[0], name: name)
        let condition = desk.models.condition(of: targets[0])
        if let condition { view.take(condition) }
        view.isCurrent = name == (model ?? setup.standard)
        view.isStandard = name == setup.standard
        var details = ModelDetails(
            model: view, fallback: targets.dropFirst().map { "\($0.reference)" })
        details.problem = condition?.reason
        if case .server(let endpoint, _) = targets[0].place {
            details.module = endpoint.module
            details.base = endpoint.base
        }
        return details
    }

    /// As far as it is known without asking anybody.
    private func showKnown(_ id: RequestID, _ name: String?) {
        let directory = desk.models.directory
        let name = name ?? model ?? directory.setup.standard
        do throws(ModelNotFound) {
            let targets = try directory.targets(for: name)
            reply(id, details(targets, name ?? "\(targets[0].reference)"))
        } catch {
            refuse(id, .notFound(error.description))
        }
    }

    private func show(
        _ id: RequestID, _ request: RunningRequest, _ targets: [ModelTarget], _ name: String
    ) {
        desk.models.look(
            at: targets[0], waits: { work in request.begin { work.cancel() } }
        ) { result in
            let known = (try? self.desk.models.directory.targets(for: name)) ?? targets
            var details = self.details(known, name)
            if case .failure(let failure) = result { details.problem = failure.message }
            self.reply(id, details)
        }
    }

    private func use(_ id: RequestID, _ request: RunningRequest, _ wanted: UseModel) {
        guard let name = wanted.model else { return useStandard(id, request, wanted) }
        desk.models.find(name, waits: { work in request.begin { work.cancel() } }) { found in
            switch found {
            case .failure(let problem): self.refuse(id, .notFound(problem.description))
            case .success(let targets):
                guard wanted.default == true else {
                    self.use(name)
                    var details = self.details(targets, name)
                    details.losses = self.losses(targets, details.model.windowTokens)
                    return self.reply(id, details)
                }
                self.choose(id, request, name)
            }
        }
    }

    /// Of the chat as it is; nil if there is nothing to lose.
    private func losses(_ targets: [ModelTarget], _ windowTokens: Int?) -> [String]? {
        let messages = messages
        guard !messages.isEmpty else { return nil }
        let losses = ModelQuestion(messages, to: targets).losses(windowTokens: windowTokens)
        return losses.isEmpty ? nil : losses
    }

    private func useStandard(
        _ id: RequestID, _ request: RunningRequest, _ wanted: UseModel
    ) {
        use(nil)
        if wanted.default == true {
            choose(id, request, nil)
        } else {
            find(id, request, nil) { self.show(id, request, $0, $1) }
        }
    }

    /// This chat follows the default from then on.
    private func choose(_ id: RequestID, _ request: RunningRequest, _ name: String?) {
        desk.choose(name) { answer in
            switch answer {
            case .failure(let error):
                self.refuse(id, .unspeakable("the default was not written: \(error)"))
            case .success:
                self.use(nil)
                self.find(id, request, name) { self.show(id, request, $0, $1) }
            }
        }
    }

    // MARK: Trials and work

    private static let question = "Answer with the one word: ready"
    private static let trialTokensMax = 400

    /// What is wrong is told at once; a server that is still loading the model is waited for.
    private static let trialPolicy = {
        var policy = AnswerLife.Policy()
        policy.triedAgain = [.overloaded]
        policy.triesMax = 10
        return policy
    }()

    private func test(_ id: RequestID, _ request: RunningRequest, _ target: ModelTarget) {
        var question = ModelQuestion([ChatMessage(.user, Self.question)], to: [target])
        question.tokensMax = Self.trialTokensMax
        question.policy = Self.trialPolicy
        let relay = AnswerRelay(id, client, desk.alarms) { content in
            var trial = ModelTrial(model: content.model, milliseconds: content.milliseconds)
            trial.text = content.failure == nil ? content.text : nil
            trial.failure = content.failure
            trial.firstMilliseconds = content.firstMilliseconds
            trial.usage = content.usage
            self.reply(id, trial)
        }
        begin(Answering(question, desk.models.tools, relay), request)
    }

    private func carryOut(
        _ id: RequestID, _ request: RunningRequest, _ deed: ModelDesk.Deed, _ params: JSON
    ) throws(WireError) {
        let wanted: ModelChoiceRequest = try Self.decode(params)
        // A model that is to be pulled is none that the server has: its name must say the server.
        find(id, request, wanted.model) { targets, name in
            let begun = SystemClock.monotonicNanoseconds
            let pace = Mutex(ProgressTold())
            let work = self.desk.models.carryOut(deed, targets[0]) { progress in
                let now = SystemClock.monotonicNanoseconds
                guard pace.withLock({ $0.tells(progress, now) }) else { return }
                self.client.notify(
                    ModelProgress.method,
                    ModelProgress(
                        request: id, fraction: progress.fraction, note: progress.note))
            } _: { result in
                let now = SystemClock.monotonicNanoseconds
                var failure: ChatFailureView?
                if case .failure(let why) = result { failure = ChatFailureView(why) }
                self.reply(
                    id,
                    ModelDone(
                        model: name,
                        milliseconds: AnswerRelay.milliseconds(from: begun, to: now),
                        failure: failure))
            }
            request.begin { work.cancel() }
        }
    }
}

/// Few enough reports of progress to be read, and every new note.
private struct ProgressTold {
    private var nextNanoseconds: UInt64 = 0
    private var note = ""

    private static let pauseNanoseconds: UInt64 = 100_000_000

    mutating func tells(_ progress: LoadingProgress, _ now: UInt64) -> Bool {
        guard now >= nextNanoseconds || progress.note != note else { return false }
        nextNanoseconds = now + Self.pauseNanoseconds
        note = progress.note
        return true
    }
}
