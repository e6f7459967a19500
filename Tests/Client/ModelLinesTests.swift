import KernelWire
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
}
