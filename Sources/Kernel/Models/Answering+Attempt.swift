import ModuleChat

extension Answering {
    /// One try: who is asked, and with which key.
    struct Attempt {
        var target: ReadyTarget
        let key: Int
        let step: UInt64

        func ear(of answering: Answering) -> Ear { Ear(answering: answering, step: step) }
    }

    /// Listens for one try.
    struct Ear: ProviderListener {
        let answering: Answering
        let step: UInt64

        func took(_ event: ProviderEvent) { answering.took(event, step) }
        func closed(_ failure: ChatFailure?) { answering.closed(failure, step) }
        var isCrowded: Bool { answering.listener.isCrowded }
    }
}

extension ChatFailure {
    /// As of a server of this machine that has ended.
    var mayBeCrash: Bool {
        switch kind {
        case .network, .cutShort, .malformed, .server: true
        default: false
        }
    }
}
