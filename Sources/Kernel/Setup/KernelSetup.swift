import KernelBase
import KernelConfig
import KernelLocal
import KernelModels
import KernelSystem
import ModuleChat
package import ModuleJSON
import Synchronization

/// Sees to it that a model answers: what is configured, else what runs or lies on this machine,
/// else what the person chooses. What was chosen has answered a real question before it is written
/// to the configuration.
package struct KernelSetup {
    private let machine: SetupMachine
    private let request: SetupRequest
    private let console: SetupConsole

    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    package enum Outcome: Sendable, Hashable {
        case configured(model: String)
        /// Without an answer it was not asked here: that takes its provider's module.
        case chosen(model: String, answer: String?)
        /// Nobody has chosen anything.
        case nothing

        package var json: JSON {
            switch self {
            case .configured(let model): ["model": .string(model), "configured": true]
            case .chosen(let model, let answer):
                [
                    "model": .string(model), "configured": false,
                    "answer": answer.map { .string($0) } ?? .null,
                ]
            case .nothing: ["model": .null]
            }
        }
    }

    package init(_ machine: SetupMachine, _ request: SetupRequest, _ console: SetupConsole) {
        self.machine = machine
        self.request = request
        self.console = console
    }

    package func run() throws(Failure) -> Outcome {
        let (text, configuration) = try configuration()
        return try KernelSetup(machine.following(configuration), request, console)
            .run(text, configuration)
    }

    private func run(_ text: String, _ configuration: Configuration) throws(Failure) -> Outcome {
        if let model = configuration.chat.model {
            if !request.isOnce {
                console.say("\(file) says that \(model) answers.")
                console.say("`kernel ask \"…\"` asks it, `kernel model list` shows others.")
            }
            return .configured(model: model)
        }
        if request.isOnce, !request.agrees, Files.exists(machine.declinedFile) { return .nothing }
        let choice = SetupChoice(
            request, there: request.keyVariable == nil ? there(configuration) : [],
            possible: machine.possible, canAsk: console.ask != nil)
        switch choice {
        case .take(let offer): return try take(offer, text, configuration)
        case .ask(let offers):
            guard let offer = ask(offers) else { return decline() }
            return try take(offer, text, configuration)
        case .sayHow(let offers):
            sayHow(offers)
            return .nothing
        case .impossible(let reason): throw Failure(reason)
        }
    }

    private func there(_ configuration: Configuration) -> [SetupOffer] {
        let own = configuration.models.keys.sorted()
        let listed = configuration.providers.filter { $0.value.settings.enabled }
            .sorted { $0.key < $1.key }
            .flatMap { name, entry in entry.settings.models.map { "\(name)/\($0)" } }
        let named = own + listed
        return named.isEmpty ? machine.there : named.map { .named($0) }
    }

    // MARK: The configuration

    private var file: String { machine.paths.configurationFile }

    private func configuration() throws(Failure) -> (String, Configuration) {
        do throws(ConfigurationProblems) {
            let bytes = try ConfigurationFile.read(machine.paths)
            let source = ConfigurationSource(
                file: file, home: machine.paths.home, environment: machine.environment)
            return (String(decoding: bytes ?? [], as: UTF8.self), try source.read(bytes))
        } catch {
            throw Failure("the configuration has mistakes, mend them first: \(error)")
        }
    }

    private func write(_ addition: ModelAddition, to text: String) throws(Failure) {
        let day = SystemClock.localTime(ofSeconds: SystemClock.wallNanoseconds / 1_000_000_000)
        do {
            let new = try addition.added(to: text, comment: "Written by `kernel setup`, \(day).")
            try ConfigurationEdit(paths: machine.paths, environment: machine.environment).write(new)
        } catch {
            throw Failure("\(file) was not changed: \(error)")
        }
    }

    // MARK: Asking

    private func ask(_ offers: [SetupOffer]) -> SetupOffer? {
        guard let ask = console.ask else { return nil }
        console.say("No model is chosen yet. Which one shall answer?")
        console.say("")
        for (index, offer) in offers.enumerated() { console.say("  \(index + 1)  \(offer.title)") }
        console.say("  \(offers.count + 1)  nothing for now: tasks and commands work without it")
        console.say("")
        while let line = ask("Your choice [1]: ") {
            let word = line.filter { !$0.isWhitespace }
            guard let number = word.isEmpty ? 1 : Int(word), number >= 1,
                number <= offers.count + 1
            else {
                console.say("A number from 1 to \(offers.count + 1).")
                continue
            }
            return number <= offers.count ? offers[number - 1] : nil
        }
        return nil
    }

    private func decline() -> Outcome {
        console.say("No model, then. `kernel setup` asks again.")
        // Without the mark it is asked once more, which does no harm.
        try? Files.makeDirectories(machine.paths.stateFolder)
        try? Files.replace(machine.declinedFile, with: [])
        return .nothing
    }

    private func sayHow(_ offers: [SetupOffer]) {
        console.say("No model is configured: commands work, chats do not. To get one:")
        for offer in offers {
            switch offer {
            case .fetch: console.say("  kernel setup --yes    \(offer.title)")
            case .key(let key):
                console.say("  kernel setup --key \(key.variable)    \(offer.title)")
            case .named(let name):
                console.say("  model = \(TomlText.string(name)) under [chat] of \(file)")
            case .ollama, .llamaServer, .fetched: break
            }
        }
        if let whyNot = FetchedModel.whyNot { console.say("  \(whyNot)") }
        console.say("  or run Ollama or llama-server on this machine, then `kernel setup`")
    }

    // MARK: Taking one

    private func take(
        _ offer: SetupOffer, _ text: String, _ configuration: Configuration
    ) throws(Failure) -> Outcome {
        console.say("Taking \(offer.title).")
        let addition: ModelAddition
        let answer: ModelTrial.Answer?
        do {
            (addition, answer) =
                switch offer {
                case .named(let name): try named(name, configuration)
                case .ollama(let model):
                    try server(
                        "ollama", machine.ollamaBase + "/v1", model, machine.ollamaValues)
                case .llamaServer(let model):
                    try server("llama-server", machine.llamaServerBase + "/v1", model)
                case .fetched, .fetch: try local(configuration)
                case .key(let key): try hosted(key, text, configuration)
                }
        } catch {
            throw Failure("\(error)")
        }
        if let answer {
            let took = Amount.duration(milliseconds: answer.seconds * 1_000)
            console.say("\(addition.model) says, after \(took): \(answer.text)")
        }
        try write(addition, to: text)
        Files.removeIfPresent(machine.declinedFile)
        console.say("\(file) says so now.")
        return .chosen(model: addition.model, answer: answer?.text)
    }

    /// One of a provider is asked by `kernel model test`, which has the provider's module.
    private func named(
        _ name: String, _ configuration: Configuration
    ) throws -> (ModelAddition, ModelTrial.Answer?) {
        let setup = LocalSetup(configuration)
        let answer = try setup.models[name].map { try LocalTrial(machine, setup).ask($0) }
        return (ModelAddition(model: name), answer)
    }

    private func server(
        _ provider: String, _ base: String, _ model: String,
        _ values: [ModelAddition.Table.Value] = []
    ) throws -> (ModelAddition, ModelTrial.Answer?) {
        let answer = try machine.trial.ask(
            model, at: base, key: nil, tokensMax: Self.trialTokensMax)
        let table = ModelAddition.Table(path: ["providers", provider], values: values)
        return (ModelAddition(tables: [table], model: "\(provider)/\(model)"), answer)
    }

    private static let trialTokensMax = 60

    private func hosted(
        _ key: KnownKey, _ text: String, _ configuration: Configuration
    ) throws -> (ModelAddition, ModelTrial.Answer?) {
        // It would stay as it is, and the key that was given be kept for nothing.
        guard configuration.providers[key.provider] == nil else {
            throw Failure(
                "[providers.\(key.provider)] is in \(file) already: write keys = "
                    + "[\"env:\(key.variable)\"] there, or where else the key is, and name a model "
                    + "as model in [chat]")
        }
        let secret = machine.environment[key.variable] ?? ""
        let listed = try machine.trial.models(at: key.base, key: secret)
        guard let model = key.choice(among: listed) else {
            throw Failure(
                "\(key.title) lists no model that setup knows; name one as model in [chat]")
        }
        let answer = try machine.trial.ask(model, at: key.base, key: secret)
        func addition(_ place: String) -> ModelAddition {
            let table = ModelAddition.Table(
                path: ["providers", key.provider], values: [.init("keys", [.string(place)])])
            return ModelAddition(tables: [table], model: "\(key.provider)/\(model)")
        }
        // No key is kept that nothing leads to.
        do {
            _ = try addition("env:\(key.variable)").added(to: text, comment: "")
        } catch {
            throw Failure("\(file) cannot be changed: \(error)")
        }
        return (addition(try keep(secret, of: key.provider)), answer)
    }

    /// A service does not see the shell's environment. The reference to where it can find the key.
    private func keep(_ secret: String, of provider: String) throws -> String {
        let reason: String
        do throws(Keyring.Failure) {
            try machine.keyring.keep(secret, under: provider)
            console.say("The key is in the desktop keyring now, under the name \(provider).")
            return "keyring:\(provider)"
        } catch {
            reason = error.description
        }
        let place = "keys/\(provider)"
        let file = Path.join(Path.directory(of: file), place)
        try Files.makeDirectories(Path.directory(of: file))
        try Files.replace(file, with: Array((secret + "\n").utf8), durable: true)
        console.say("The key is in \(file) now, which only you can read; \(reason).")
        return "file:\(place)"
    }

    private func local(
        _ configuration: Configuration
    ) throws -> (ModelAddition, ModelTrial.Answer?) {
        let fetched = machine.fetched
        if !fetched.isThere {
            try fetched.fetch(machine.download(configuration), console)
        }
        var model = LocalModel(name: Self.name(configuration), file: fetched.file)
        model.contextTokens = Int(FetchedModel.contextTokens)
        let answer = try LocalTrial(machine, LocalSetup(configuration)).ask(model)
        let table = ModelAddition.Table(
            path: ["models", model.name],
            values: [
                .init("file", .string(model.file)),
                .init("context_tokens", .integer(FetchedModel.contextTokens)),
            ])
        return (ModelAddition(tables: [table], model: model.name), answer)
    }

    /// `small`, unless something else has that name.
    private static func name(_ configuration: Configuration) -> String {
        let names = ["small"] + (2...100).map { "small\($0)" }
        return names.first { configuration.models[$0] == nil } ?? "small-setup"
    }
}

/// How setup talks with whoever has started it.
package struct SetupConsole: Sendable {
    package let say: @Sendable (String) -> Void
    /// Nil: nobody is there to be asked. It returns nil at the end of all input.
    package let ask: (@Sendable (String) -> String?)?
    package typealias Progress = @Sendable (String?) -> Void

    /// How far something is, in the place of what it was told before; nil takes that away. Nil:
    /// nobody looks.
    package let progress: Progress?

    package init(
        say: @escaping @Sendable (String) -> Void, ask: (@Sendable (String) -> String?)?,
        progress: Progress?
    ) {
        self.say = say
        self.ask = ask
        self.progress = progress
    }
}
