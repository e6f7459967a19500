import KernelParent
import Testing

struct ParentOrderTests {
    private static let order = ParentOrder(
        kernel: "/bin/kernel", arguments: ["--dev", "--config", "a b"], stateFolder: "/state",
        privateFolders: ["/run", "/run/kernel"], socket: "/run/kernel/kernel.sock", restarts: true)

    @Test func `an order comes back from its words`() {
        var once = Self.order
        once.restarts = false
        once.privateFolders = []
        once.arguments = []
        for order in [Self.order, once] { #expect(ParentOrder(order.words) == order) }
    }

    @Test(arguments: [
        [], ["--help"], ["/bin/kernel", "/state", "/socket", "restart"],
        ["/bin/kernel", "/state", "/socket", "always", "0"],
        ["/bin/kernel", "/state", "/socket", "once", "2", "/run"],
        ["/bin/kernel", "/state", "/socket", "once", "-1"],
    ])
    func `what somebody typed is no order`(words: [String]) {
        #expect(ParentOrder(words) == nil)
    }
}
