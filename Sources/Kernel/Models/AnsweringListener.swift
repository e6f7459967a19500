package import KernelHTTP
package import KernelSystem
package import ModuleChat

/// What a question needs of the kernel.
package struct AnsweringTools: Sendable {
    package let providers: any ProviderSource
    package let local: any LocalModelSource
    package let desk: EndpointDesk
    package let client: HTTPClient
    package let alarms: Alarms
    /// Where orders are made of chats.
    package let pool: ThreadPool

    package init(
        providers: any ProviderSource, local: any LocalModelSource, desk: EndpointDesk,
        client: HTTPClient, alarms: Alarms, pool: ThreadPool
    ) {
        self.providers = providers
        self.local = local
        self.desk = desk
        self.client = client
        self.alarms = alarms
        self.pool = pool
    }
}

/// Hears how an answer comes along, in order, one thing at a time.
package protocol AnsweringListener: Sendable {
    func took(_ event: ChatEvent)
    /// The model is being loaded on this machine.
    func loads(_ model: ModelReference, _ progress: LoadingProgress)
    /// The model is asked now, and nothing is known before it says something.
    func asks(_ model: ModelReference)
    /// What the model that is asked now will not see.
    func loses(_ losses: [String])
    func waits(_ pause: AnsweringPause)
    /// The same model is asked with another key.
    func takes(_ key: AnsweringKey)
    func fallsBack(from: ModelReference, to: ModelReference, because: ChatFailure)
    /// Last, once.
    func ended(_ end: AnsweringEnd)
    /// Whether what was told before has not been taken yet: the server is to wait, until
    /// `Answering.relieved`.
    var isCrowded: Bool { get }
}

extension AnsweringListener {
    package func asks(_ model: ModelReference) {}
    package var isCrowded: Bool { false }
}

/// A wait before the same model is asked again.
package struct AnsweringPause: Sendable, Hashable {
    package let seconds: Double
    package let failure: ChatFailure
    package let nextTry: Int
    package let triesMax: Int
}

/// The turn of another key, since the one before has failed.
package struct AnsweringKey: Sendable, Hashable {
    /// Counted from 1.
    package let place: Int
    package let count: Int
    package let because: ChatFailure
}

/// What came of a question: an answer, or as much of one as came.
package struct AnsweringEnd: Sendable {
    package let answer: ChatAnswer
    package let by: ModelReference
    /// Nil: the answer is whole.
    package let failure: ChatFailure?
}
