import Synchronization

/// A queue from one thread to one other that never makes either wait: a linked list whose end only the first thread moves, and whose
/// beginning only the second. After D. Vyukov's unbounded queue for one producer and one consumer. What bounds it is who fills it.
///
/// `@unchecked Sendable`: `last` is touched by the thread that appends only, `first` by the one that takes only.
final class HandOverQueue<Value: Sendable>: @unchecked Sendable {
    /// `@unchecked Sendable`: `value` is set before the node is stored where the other thread loads it, and taken out by that thread only.
    private final class Node: @unchecked Sendable {
        var value: Value?
        let next = Atomic<Unmanaged<Node>?>(nil)

        init(_ value: Value?) { self.value = value }
    }

    private var first: Node
    private var last: Node

    init() {
        first = Node(nil)
        last = first
    }

    deinit {
        // Node by node: a long list would be released node within node.
        while take() != nil {}
    }

    /// By the first thread. O(1), no lock.
    func append(_ value: Value) {
        let node = Node(value)
        last.next.store(Unmanaged.passRetained(node), ordering: .releasing)
        last = node
    }

    /// By the second thread. O(1), no lock.
    func take() -> Value? {
        guard let next = first.next.exchange(nil, ordering: .acquiring) else { return nil }
        first = next.takeRetainedValue()
        defer { first.value = nil }
        return first.value
    }
}
