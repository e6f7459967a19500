import KernelStore
import KernelTasks
import Testing

struct TaskGraphTests {
    private static func tasks(_ edges: [[Int]]) -> [NewTask] {
        let ids = edges.map { _ in TaskID.make() }
        return edges.enumerated().map { index, others in
            var task = NewTask("a.b", submitter: "test")
            task.id = ids[index]
            task.dependencies = others.map { ids[$0] }
            return task
        }
    }

    @Test(arguments: [
        [[]], [[1], []], [[1, 2], [2], []], [[1], [2], [3], []], [[1, 1], []],
        [[1, 2], [3], [3], []],
    ])
    func `tasks that wait for each other in an order are no circle`(edges: [[Int]]) {
        #expect(TaskGraph.circle(in: Self.tasks(edges)) == nil)
    }

    @Test(arguments: [
        ([[0]], [0, 0]), ([[1], [0]], [0, 1, 0]), ([[1], [2], [1]], [1, 2, 1]),
        ([[], [2], [0, 3], [1]], [1, 2, 3, 1]),
    ])
    func `a circle is told as the way around it`(edges: [[Int]], path: [Int]) {
        let tasks = Self.tasks(edges)
        #expect(TaskGraph.circle(in: tasks) == path.map { tasks[$0].id })
    }

    @Test func `a chain of many is no problem`() {
        let count = 20_000
        let edges = (0..<count).map { $0 + 1 < count ? [$0 + 1] : [] }
        #expect(TaskGraph.circle(in: Self.tasks(edges)) == nil)
    }

    @Test func `the end of a task names those that waited for it, once`() {
        let ids = (0..<4).map { _ in TaskID.make() }
        var graph = TaskGraph()
        graph.add(ids[0], waitsFor: [])
        graph.add(ids[2], waitsFor: [ids[0]])
        graph.add(ids[1], waitsFor: [ids[0]])
        graph.add(ids[3], waitsFor: [ids[1]])
        #expect(graph.remove(ids[0]) == [ids[1], ids[2]])
        #expect(graph.remove(ids[0]).isEmpty)
        #expect(graph.remove(ids[1]) == [ids[3]])
    }
}
