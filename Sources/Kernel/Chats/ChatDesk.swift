package import KernelModels
package import KernelStore
package import KernelSystem
import ModuleJSON
import Synchronization

/// What all clients' chats share: the models, and which of them is the default.
package final class ChatDesk: Sendable {
    package let models: ModelDesk
    let alarms: Alarms
    /// Where clients' requests are carried out.
    let pool = ThreadPool(name: "chats", threadsMax: 4)
    private let requests = Mutex(0)
    private let preferences: (any PreferenceRecords)?
    private let warn: @Sendable (String) -> Void
    private let reading = Mutex(Reading())

    private struct Reading {
        var isDone = false
        var hasBegun = false
        var waiting: [@Sendable () -> Void] = []
    }

    /// Of all clients, at once.
    static let requestsMax = 64
    private static let preference = "chat.model"

    /// Without `preferences` a default that is chosen lasts as long as this kernel.
    package init(
        _ models: ModelDesk, preferences: (any PreferenceRecords)?, alarms: Alarms,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.models = models
        self.preferences = preferences
        self.alarms = alarms
        self.warn = warn
    }

    deinit { pool.close() }

    // MARK: Requests

    /// False if too many are being answered. `leave` follows otherwise.
    func enter() -> Bool {
        requests.withLock { requests in
            guard requests < Self.requestsMax else { return false }
            requests += 1
            return true
        }
    }

    func leave() {
        requests.withLock { $0 -= 1 }
    }

    // MARK: The default

    /// Goes on once it is known what was chosen before.
    func whenReady(_ body: @escaping @Sendable () -> Void) {
        let (isDone, isFirst) = reading.withLock { reading in
            guard !reading.isDone else { return (true, false) }
            reading.waiting.append(body)
            defer { reading.hasBegun = true }
            return (false, !reading.hasBegun)
        }
        if isDone { return body() }
        guard isFirst else { return }
        guard let preferences else { return ready(nil) }
        preferences.value(of: Self.preference) { answer in
            switch answer {
            case .success(let text): self.ready(text.flatMap { Self.choice($0) })
            case .failure(let error):
                self.warn("the model that was chosen as default cannot be read: \(error)")
                self.ready(nil)
            }
        }
    }

    private func ready(_ choice: ModelChoice?) {
        if let choice { models.choose(choice) }
        let waiting = reading.withLock { reading in
            reading.isDone = true
            defer { reading.waiting = [] }
            return reading.waiting
        }
        for body in waiting { body() }
    }

    /// Nil: as the configuration says. `done` is told once it is committed.
    func choose(
        _ model: String?, _ done: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        let choice = model.map { models.choice(of: $0) }
        guard let preferences else {
            models.choose(choice)
            return done(.success(()))
        }
        preferences.put(Self.preference, choice.map { Self.text($0) }) { answer in
            if case .success = answer { self.models.choose(choice) }
            done(answer)
        }
    }

    private static func text(_ choice: ModelChoice) -> String {
        let over: JSON = choice.over.map { .string($0) } ?? .null
        return JSON.object(["model": .string(choice.model), "over": over]).text
    }

    private static func choice(_ text: String) -> ModelChoice? {
        guard let json = try? JSON(parsing: text), let model = json["model"]?.string else {
            return nil
        }
        return ModelChoice(model: model, over: json["over"]?.string)
    }
}
