import Persistence
import Replay
import Streaming

/// A run whose sessions keep their light in a file.
enum StoreRecording {
    static let maximumBytes = Model.maximumStoreBytes

    /// Runs the frames with the store, and gives them back as a trace has to hold them: with what the store was, and with the frame from which
    /// on it was off, if it failed.
    ///
    /// - Throws: ``ReplayError``.
    static func run(_ given: [FrameInput], path: String, sizeCapBytes: Int64) throws -> [FrameInput] {
        var frames = given
        // A scenario that says something of stores says all of it.
        if !frames.contains(where: \.opensStore) {
            for index in frames.indices { frames[index].addStore(sizeCapBytes) }
        }
        let file: FileStore
        do throws(StoreFailure) {
            file = try FileStore(path: path)
        } catch {
            talk(error)
            return frames.map { $0.switchingStoreOff(StreamingSystem()) }
        }
        let place = frames.indices.first { frames[$0].opensStore }
        if let place, file.indexAtOpening != StoreIndex() {
            frames[place].setContents(StoreContents(index: file.indexAtOpening))
        }
        var changed: [(Int, FrameInput)] = []
        var index = 0
        _ = try Replayer.run(frames, store: file) { result, _ in
            if let input = result.changedInput { changed.append((index, input)) }
            index += 1
        }
        for (index, input) in changed { frames[index] = input }
        do throws(StoreFailure) { try file.close() } catch { talk(error) }
        // Also what a store gave before it failed is needed to repeat the run.
        let contents = file.contentsAtOpening
        if let place, contents.index != StoreIndex() { frames[place].setContents(contents) }
        return frames
    }

    static func talk(_ failure: StoreFailure) {
        Console.talk("store off: \(failure.sentence); next: \(failure.advice)")
    }
}

extension FrameInput {
    var opensStore: Bool {
        events.contains { if case .store = $0 { true } else { false } }
    }

    /// Gives the session that starts here a store.
    mutating func addStore(_ sizeCapBytes: Int64) {
        guard let start = events.firstIndex(where: { if case .sessionStart = $0 { true } else { false } })
        else { return }
        events.insert(.store(sizeCapBytes: sizeCapBytes, contents: nil), at: start + 1)
    }

    fileprivate mutating func setContents(_ contents: StoreContents) {
        for (index, event) in events.enumerated() {
            if case .store(let cap, _) = event {
                events[index] = .store(sizeCapBytes: cap, contents: contents)
            }
        }
    }
}
