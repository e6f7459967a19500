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

struct CrashTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400, "2000-02-29T00:00:00.000Z"),
        (1_763_625_151, "2025-11-20T07:52:31.000Z"), (4_107_542_399, "2100-02-28T23:59:59.000Z"),
        (4_107_542_400, "2100-03-01T00:00:00.000Z"),
    ])
    func `a moment is told in UTC`(seconds: UInt64, text: String) {
        #expect(CrashTime(nanoseconds: seconds * 1_000_000_000).description == text)
    }
}
