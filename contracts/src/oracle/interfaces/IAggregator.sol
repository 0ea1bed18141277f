// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AggregatorInterface} from "./AggregatorInterface.sol";
import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";

/// @title A feed, as its publishers, its operators and its readers see it
/// @notice Readers need no more than AggregatorV3Interface.
///
/// Which updates are taken. Let `last` be the last round. An update is *needed* when there is none,
/// when `block.timestamp >= last.updatedAt + heartbeat - heartbeat / 8` (in the last eighth of the
/// heartbeat, so that an update sent in time is there before the heartbeat is over), or when the
/// answer deviates: `|answer - last.answer| * 10000 >= deviationBps * |last.answer|` and it is another
/// answer, or deviationBps is 0. What is not needed is refused or skipped, as the settings say.
interface IAggregator is AggregatorInterface, AggregatorV3Interface {
    /// @notice What the admin decides
    /// @param heartbeat Seconds after which a feed is stale: 1 to 2^24 - 1
    /// @param deviationBps From which difference on an answer is worth a round; hundredths of a
    /// percent of the last one, 0 (any answer) to 10,000
    /// @param maxObservationAge Older observations are refused on arrival; seconds, not 0. A
    /// transaction that was stuck brings no price of yesterday.
    /// @param skipsNeedless Whether an update that is not needed, or comes second in its round,
    /// succeeds and changes nothing; otherwise it reverts
    /// @param minAnswer The least answer that is taken; has to fit in 96 bits
    /// @param maxAnswer The highest; likewise, and not less than minAnswer
    /// @param historySize How many rounds can be read, the last included; 0: all
    struct Settings {
        uint32 heartbeat;
        uint16 deviationBps;
        uint16 maxObservationAge;
        bool skipsNeedless;
        int256 minAnswer;
        int256 maxAnswer;
        uint32 historySize;
    }

    /// @notice All that a publisher needs to decide
    /// @param roundId The last round; 0: there is none. The next is this plus one.
    /// @param answer Its answer
    /// @param startedAt When that was observed
    /// @param updatedAt The timestamp of its block
    /// @param blockTimestamp The timestamp of the block that this was read at
    /// @param dueAt From this timestamp on any answer is taken
    /// @param heartbeat As in Settings
    /// @param deviationBps As in Settings
    /// @param maxObservationAge As in Settings
    /// @param minAnswer As in Settings
    /// @param maxAnswer As in Settings
    /// @param decimals Of answers
    /// @param skipsNeedless As in Settings
    /// @param paused No update is taken
    /// @param mayTransmit The account that was asked about is a transmitter
    struct FeedState {
        uint80 roundId;
        int256 answer;
        uint64 startedAt;
        uint64 updatedAt;
        uint64 blockTimestamp;
        uint64 dueAt;
        uint32 heartbeat;
        uint16 deviationBps;
        uint16 maxObservationAge;
        int256 minAnswer;
        int256 maxAnswer;
        uint8 decimals;
        bool skipsNeedless;
        bool paused;
        bool mayTransmit;
    }

    /// @notice Why an update changed nothing
    enum SkipReason {
        RoundTaken,
        NotNeeded
    }

    /// @notice An update changed nothing; only when Settings.skipsNeedless.
    /// @param roundId The round it was meant to be
    /// @param reason Why
    event UpdateSkipped(uint256 indexed roundId, SkipReason reason);
    /// @notice The admin has decided.
    /// @param settings From now on
    event SettingsChanged(Settings settings);
    /// @notice An account may write rounds from now on.
    event TransmitterAdded(address indexed transmitter);
    /// @notice An account may no longer write rounds.
    event TransmitterRemoved(address indexed transmitter);
    /// @notice Who may pause besides the admin.
    event GuardianChanged(address indexed guardian);
    /// @notice No update is taken from now on.
    event Paused(address indexed by);
    /// @notice Updates are taken again.
    event Unpaused(address indexed by);

    /// @notice The caller is none of the transmitters.
    error NotTransmitter(address caller);
    /// @notice The caller is neither guardian nor admin.
    error NotGuardian(address caller);
    /// @notice No update is taken while the feed is paused.
    error FeedPaused();
    /// @notice The round exists already, or leaves one out.
    error UnexpectedRound(uint256 roundId, uint256 expected);
    /// @notice The answer is outside of what the settings allow.
    error AnswerOutOfBounds(int256 answer, int256 minAnswer, int256 maxAnswer);
    /// @notice The observation is older than the settings allow, or than that of the last round.
    error ObservationTooOld(uint256 observedAt, uint256 oldest);
    /// @notice The answer does not deviate enough, and none is due before `dueAt`.
    error UpdateNotNeeded(uint256 dueAt);
    /// @notice A setting is out of its range; which one.
    error InvalidSetting(string name);
    /// @notice It is one already, or is none.
    error TransmitterUnchanged(address transmitter);

    /// @notice Writes a round. Only for transmitters. Exactly one of all calls with the same
    /// `roundId` has an effect.
    /// @param roundId The last round plus one
    /// @param answer What was observed
    /// @param observedAt When; seconds since the Unix epoch by the publisher's clock. Counts as the
    /// block's timestamp if it is later than that.
    /// @return written Whether there is a new round; never false unless Settings.skipsNeedless
    function transmit(uint80 roundId, int256 answer, uint64 observedAt)
        external
        returns (bool written);

    /// @notice All that a publisher needs to decide
    /// @param transmitter The account that it would transmit with
    function feedState(address transmitter) external view returns (FeedState memory state);

    /// @notice Seconds since the last round's block; the highest number there is if there is no round
    function age() external view returns (uint256);

    /// @notice Whether the last round is older than the heartbeat, or there is none
    function isStale() external view returns (bool);

    /// @notice The least answer that is taken
    function minAnswer() external view returns (int192);

    /// @notice The highest answer that is taken
    function maxAnswer() external view returns (int192);

    /// @notice What the admin decided
    function settings() external view returns (Settings memory);

    /// @notice Who may write rounds
    function transmitters() external view returns (address[] memory);

    /// @notice Who may pause besides the admin; zero: nobody
    function guardian() external view returns (address);

    /// @notice Whether no update is taken
    function paused() external view returns (bool);

    /// @notice Decides anew. Only for the admin.
    function setSettings(Settings calldata newSettings) external;

    /// @notice Lets an account write rounds. Only for the admin.
    function addTransmitter(address transmitter) external;

    /// @notice Takes an account's right to write rounds. Only for the admin.
    function removeTransmitter(address transmitter) external;

    /// @notice Names who may pause. Only for the admin.
    function setGuardian(address newGuardian) external;

    /// @notice Stops updates; the last round stays readable, and grows stale. For guardian and admin:
    /// the one thing that need not wait for a timelock.
    function pause() external;

    /// @notice Takes updates again. Only for the admin.
    function unpause() external;
}
