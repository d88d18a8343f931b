import Streaming
import Synchronization

/// One thing that a store's thread has to do.
enum Work: Sendable {
    case operation(StoreOperation, clock: Int64, serial: UInt64)
    case writeBack(PendingWrite, clock: Int64)
    case open(StoreContents)
    case damage(RowKey)
    case close
}

/// A write-back on its way: whoever takes its cells out first has them, the store's thread to write them or the frame thread to drop them.
///
/// `@unchecked Sendable`: the reference is atomic, and is handed from one thread to the other by an exchange.
final class PendingWrite: @unchecked Sendable {
    let row: RowKey
    let byteCount: Int
    private let content: Atomic<Unmanaged<Content>?>

    private final class Content {
        let region: RegionContent
        init(_ region: RegionContent) { self.region = region }
    }

    init(_ row: RowKey, _ region: RegionContent) {
        self.row = row
        byteCount = region.cells.count * RegionContent.cellBytes
        content = Atomic(Unmanaged.passRetained(Content(region)))
    }

    deinit { _ = take() }

    /// The cells, for the first who asks. O(1), no lock.
    func take() -> RegionContent? {
        content.exchange(nil, ordering: .acquiringAndReleasing)?.takeRetainedValue().region
    }
}
