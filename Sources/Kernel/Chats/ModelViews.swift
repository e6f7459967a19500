import KernelBase
import KernelModels
import KernelWire
import ModuleChat

// The values of chats and models, as messages say them.

extension ModelView {
    init(_ listing: ModelListing, isLocal: Bool) {
        self.init(
            name: listing.alias ?? "\(listing.reference)", provider: listing.reference.provider,
            model: listing.reference.model)
        take(listing.info)
        self.isLocal = listing.isLocal || isLocal
        if listing.isLocal { isFree() }
        isStandard = listing.isStandard
    }

    init(_ target: ModelTarget, name: String) {
        self.init(
            name: name, provider: target.reference.provider, model: target.reference.model)
        take(target.info)
        isLocal = target.isLocal
        if case .local = target.place { isFree() }
    }

    /// What the kernel runs itself costs nobody anything.
    private mutating func isFree() {
        inputPrice = 0
        outputPrice = 0
    }

    mutating func take(_ condition: LocalCondition) {
        state = condition.state
        windowTokens = condition.windowTokens ?? windowTokens
        loadedFraction = condition.fraction
        loadedTokens = condition.loadedTokens
        loadedBytes = condition.loadedBytes.map { Int64($0) }
    }

    private mutating func take(_ info: ModelInfo) {
        title = info.name
        windowTokens = info.windowTokens
        answerTokensMax = info.answerTokensMax
        takesImages = info.takesImages
        takesTools = info.takesTools
        thinks = info.thinks
        inputPrice = info.inputPrice
        outputPrice = info.outputPrice
    }
}

extension ModelTarget {
    /// Nothing that is said to it leaves this machine.
    var isLocal: Bool {
        switch place {
        case .local: true
        case .server(let endpoint, _): endpoint.isLocal
        }
    }
}

extension ModelEndpoint {
    var isLocal: Bool { URLText.isLoopback(URLText.host(of: base)) }
}

extension ProviderView {
    init(_ state: ModelDesk.ProviderState) {
        self.init(name: state.name, models: state.models)
        module = state.module
        base = state.base
        listed = state.listedSeconds.map { Int64(clamping: $0) * 1_000 }
        problem = state.problem
        leftOut = state.leftOut
    }
}

extension ChatFailureView {
    init(_ failure: ChatFailure) {
        self.init(kind: failure.kind.rawValue, message: failure.message)
        retryAfterSeconds = failure.retryAfterSeconds
    }
}

extension ChatUsageView {
    /// Nil if the server counted nothing.
    init?(_ usage: ChatUsage) {
        guard usage != ChatUsage() else { return nil }
        self.init(
            input: usage.input, cached: usage.cached, output: usage.output,
            thinking: usage.thinking)
    }
}
