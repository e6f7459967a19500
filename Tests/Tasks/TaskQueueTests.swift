import KernelStore
import KernelTasks
import Testing

struct TaskQueueTests {
    private static func item(
        _ submitter: String, priority: Int = 0, name: String = "fs.read", since: Int64 = 0
    ) -> TaskQueue.Item {
        TaskQueue.Item(
            id: .make(), name: name, module: String(name.prefix { $0 != "." }),
            submitter: submitter, priority: priority, since: Moment(milliseconds: since))
    }

    private static func drain(
        _ queue: inout TaskQueue, at moment: Int64 = 0
    ) -> [TaskQueue.Item] {
        var items: [TaskQueue.Item] = []
        while let item = queue.next(at: Moment(milliseconds: moment)) { items.append(item) }
        return items
    }

    @Test func `the higher priority comes first, and within one the older`() {
        var queue = TaskQueue()
        let items = [0, 5, -3, 5, 0].map { Self.item("ann", priority: $0) }
        for item in items { queue.add(item) }
        #expect(Self.drain(&queue) == [1, 3, 0, 4, 2].map { items[$0] })
        #expect(queue.isEmpty)
    }

    @Test func `submitters take turns, however much one hands in`() {
        var queue = TaskQueue()
        for _ in 0..<10 { queue.add(Self.item("ann")) }
        for _ in 0..<3 { queue.add(Self.item("bob")) }
        for _ in 0..<2 { queue.add(Self.item("eve")) }
        let order = Self.drain(&queue).map(\.submitter)
        #expect(order.prefix(8) == ["ann", "bob", "eve", "ann", "bob", "eve", "ann", "bob"])
        #expect(order.dropFirst(8).allSatisfy { $0 == "ann" })
    }

    @Test func `who comes back with one at a time gets one turn at a time`() {
        var queue = TaskQueue()
        for _ in 0..<20 { queue.add(Self.item("ann")) }
        queue.add(Self.item("bob"))
        var order: [String] = []
        for _ in 0..<10 {
            guard let next = queue.next(at: Moment(milliseconds: 0)) else { break }
            order.append(next.submitter)
            if next.submitter == "bob" { queue.add(Self.item("bob")) }
        }
        #expect(order.filter { $0 == "bob" }.count == 5)
        #expect(zip(order, order.dropFirst()).allSatisfy { $0 != $1 })
    }

    @Test func `who waits long rises above a stream of higher priority`() {
        var queue = TaskQueue()
        let old = Self.item("ann", priority: -10, since: 0)
        queue.add(old)
        var turns = 0
        var now: Int64 = 0
        while turns < 10_000 {
            queue.add(Self.item("bob", priority: 10, since: now))
            turns += 1
            guard let next = queue.next(at: Moment(milliseconds: now)) else { break }
            if next == old { break }
            now += 1_000
        }
        #expect(now >= 20 * TaskQueue.ageingMilliseconds)
        #expect(now <= 21 * TaskQueue.ageingMilliseconds)
    }

    @Test func `tasks that are held are passed over and keep their place`() {
        var queue = TaskQueue()
        let items = ["fs.read", "apps.open", "fs.list", "apps.open"].map {
            Self.item("ann", name: $0)
        }
        for item in items { queue.add(item) }
        let moment = Moment(milliseconds: 0)
        #expect(queue.next(at: moment, isHeld: { $0.module == "fs" }) == items[1])
        #expect(queue.next(at: moment, isHeld: { $0.module == "fs" }) == items[3])
        #expect(queue.next(at: moment, isHeld: { $0.module == "fs" }) == nil)
        #expect(Self.drain(&queue) == [items[0], items[2]])
    }

    @Test func `one that is put back is still the first`() {
        var queue = TaskQueue()
        let items = (0..<3).map { _ in Self.item("ann") }
        for item in items { queue.add(item) }
        let first = queue.next(at: Moment(milliseconds: 0))
        #expect(first == items[0])
        if let first { queue.add(first) }
        #expect(Self.drain(&queue) == items)
    }

    @Test func `one that is taken out from anywhere never has a turn`() {
        var queue = TaskQueue()
        let items = (0..<500).map { Self.item("user\($0 % 7)", priority: $0 % 3) }
        for item in items { queue.add(item) }
        let gone = Set(items.filter { _ in Bool.random() }.map(\.id))
        for id in gone { queue.remove(id) }
        #expect(queue.count == items.count - gone.count)
        let rest = Self.drain(&queue).map(\.id)
        #expect(Set(rest) == Set(items.map(\.id)).subtracting(gone))
        #expect(rest.count == Set(rest).count)
    }
}
