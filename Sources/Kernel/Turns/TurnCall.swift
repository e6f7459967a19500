package import ModuleChat
package import ModuleJSON

/// A call that an answer makes.
package struct TurnCall: Sendable, Hashable {
    /// Unique within the chat.
    package let id: String
    package let deed: Deed
    /// What the task's manifest says. One that is not known is taken for one that changes things.
    package let onlyReads: Bool

    /// What is to be done: two calls with the same one do the same.
    package struct Deed: Sendable, Hashable {
        package let task: String
        package let arguments: JSONObject

        package init(task: String, arguments: JSONObject) {
            self.task = task
            self.arguments = arguments
        }
    }

    package init(id: String, _ deed: Deed, onlyReads: Bool) {
        self.id = id
        self.deed = deed
        self.onlyReads = onlyReads
    }
}

/// An answer that has come to its end.
package struct TurnAnswer: Sendable, Hashable {
    package var calls: [TurnCall]
    package var finish: ChatFinish.Reason
    package var usage: ChatUsage
    package var cost: Double

    package init(
        calls: [TurnCall] = [], finish: ChatFinish.Reason = .stop,
        usage: ChatUsage = ChatUsage(), cost: Double = 0
    ) {
        self.calls = calls
        self.finish = finish
        self.usage = usage
        self.cost = cost
    }
}

/// May it be done?
package enum TurnVerdict: Sendable, Hashable {
    case allowed
    /// The model is told why.
    case refused(String)
    /// And it is not to try anything else.
    case refusedWithRest(String)
    /// There is no such task, or not any more.
    case unknown(String)
}

/// Why a call has a result although nothing was done.
package enum TurnRefusal: Sendable, Hashable {
    case refused(String)
    case unknown(String)
    /// The same was done often enough.
    case repeated
    /// The turn was stopped before.
    case cancelled
    /// The answer that made it has no end: more of it may have been to come.
    case brokenOff
}

/// Something that was said to a turn while it ran.
package struct SteeringMessage: Sendable, Hashable {
    package let text: String
    /// Who said it.
    package let client: String

    package init(_ text: String, from client: String) {
        self.text = text
        self.client = client
    }
}

package enum TurnLimit: Sendable, Hashable {
    case rounds(Int)
    case repeats
    case tokens(Int)
    case cost(Double)
    case seconds(Double)
}

/// How a turn ends: one of them, once.
package enum TurnEnd: Sendable, Hashable {
    case answered(ChatFinish.Reason)
    case failed(ChatFailure)
    case cancelled
    /// Somebody said something else that was not to wait.
    case interrupted
    /// It can be gone on with.
    case limit(TurnLimit)
}
