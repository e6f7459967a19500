import KernelTerminal
import KernelWire
import ModuleJSON
import Testing

@testable import KernelClient

struct ModelLinesTests {
    @Test(
        arguments: [
            (0.27, 1.1, "$0.27/$1.10"), (0, 0, "free"), (1e200, 1, nil), (-0.05, 1, nil),
            (1, .infinity, nil), (.nan, 1, nil), (1e6, 0, "$1000000.00/$0.00"),
        ] as [(Double, Double, String?)])
    func `no price ends who shows it`(input: Double, output: Double, text: String?) {
        var model = ModelView(name: "m", provider: "p", model: "m")
        model.inputPrice = input
        model.outputPrice = output
        #expect(ModelLines.price(model) == text)
    }

    private static func answer(
        _ finish: String?, _ detail: String? = nil, failure: ChatFailureView? = nil
    ) -> ChatAnswerMessage {
        var answer = ChatAnswerMessage(model: "p/m", text: "Hi", message: [:], milliseconds: 1)
        answer.finish = finish
        answer.finishDetail = detail
        answer.failure = failure
        return answer
    }

    private static let cancelled = ChatFailureView(kind: "cancelled", message: "cancelled")
    private static let stopping = ChatFailureView(
        kind: "cancelled", message: "the kernel is stopping")

    @Test(
        arguments: [
            (answer("stop"), nil), (answer("toolCalls"), nil),
            (answer("length"), "The answer ends here at the limit of tokens."),
            (answer("filtered", "SAFETY"), "The provider held the rest back (SAFETY)."),
            (answer("filtered"), "The provider held the rest back."),
            (answer("other", "LANGUAGE"), "The answer ends here: LANGUAGE."),
            (answer("other"), "The answer ends here: the provider does not say why."),
            (answer(nil, failure: cancelled), "Cancelled."),
            (answer(nil, failure: stopping), "Cancelled: the kernel is stopping."),
        ] as [(ChatAnswerMessage, String?)])
    func `an end that is not as it should be is told with its reason`(
        answer: ChatAnswerMessage, remark: String?
    ) {
        #expect(ModelLines.remark(answer)?.text == remark)
    }
}
