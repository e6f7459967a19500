import KernelStore
import KernelTasks
import Testing

struct DueListTests {
    @Test func `things come when they are due, the earliest first, equals as they were put in`() {
        var list = DueList<Int>()
        let moments: [Int64] = [50, 10, 30, 10, 20, 40, 10]
        for (number, moment) in moments.enumerated() {
            list.add(number, at: Moment(milliseconds: moment))
        }
        #expect(list.next == Moment(milliseconds: 10))
        var taken: [Int] = []
        while let value = list.takeFirst(dueAt: Moment(milliseconds: 30)) { taken.append(value) }
        #expect(taken == [1, 3, 6, 4, 2])
        #expect(list.next == Moment(milliseconds: 40) && list.count == 2)
    }

    @Test func `what is of no interest any more is forgotten, and the rest stays in order`() {
        var list = DueList<Int>()
        for number in (0..<500).shuffled() {
            list.add(number, at: Moment(milliseconds: Int64(number)))
        }
        list.keep { $0 % 7 == 0 }
        #expect(list.count == 72)
        var taken: [Int] = []
        while let value = list.takeFirst(dueAt: Moment(milliseconds: 500)) { taken.append(value) }
        #expect(taken == Array(stride(from: 0, to: 500, by: 7)))
    }

    @Test func `many in any order come out sorted`() {
        var list = DueList<Int64>()
        for _ in 0..<2_000 {
            let moment = Int64.random(in: 0...500)
            list.add(moment, at: Moment(milliseconds: moment))
        }
        var last: Int64 = 0
        while let value = list.takeFirst(dueAt: Moment(milliseconds: 1_000)) {
            #expect(value >= last)
            last = value
        }
        #expect(list.count == 0)
    }
}

struct BackOffTests {
    @Test(arguments: [
        (1, 0.5, 1_000), (2, 0.5, 2_000), (3, 0.5, 4_000), (9, 0.5, 256_000), (10, 0.5, 300_000),
        (1_000, 0.5, 300_000), (1, 0, 800), (1, 1, 1_200), (0, 0.5, 1_000),
    ])
    func `each pause is twice the one before, within bounds`(
        attempt: Int, chance: Double, milliseconds: Int64
    ) {
        #expect(BackOff.milliseconds(afterAttempt: attempt, chance: chance) == milliseconds)
    }
}
