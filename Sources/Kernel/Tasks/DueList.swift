package import KernelStore

/// What is to be done at a later moment, earliest first: a binary heap. What is no longer of
/// interest when its time comes is for whoever takes it to see.
package struct DueList<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let moment: Moment
        let number: UInt64
        let value: Value

        /// What was put in earlier comes first among equals.
        func isBefore(_ other: Entry) -> Bool {
            (moment, number) < (other.moment, other.number)
        }
    }

    private var heap: [Entry] = []
    private var lastNumber: UInt64 = 0

    package init() {}

    package var next: Moment? { heap.first?.moment }
    package var count: Int { heap.count }

    package mutating func add(_ value: Value, at moment: Moment) {
        lastNumber += 1
        heap.append(Entry(moment: moment, number: lastNumber, value: value))
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Forgets what is of no interest any more.
    package mutating func keep(where isWanted: (Value) -> Bool) {
        let wanted = heap.filter { isWanted($0.value) }
        guard wanted.count < heap.count else { return }
        // A list in order is a heap.
        heap = wanted.sorted { $0.isBefore($1) }
    }

    package mutating func takeFirst(dueAt now: Moment) -> Value? {
        guard let first = heap.first, first.moment <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.value }
        heap[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0].isBefore(heap[$1]) }),
                heap[least].isBefore(heap[parent])
            else { return first.value }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
