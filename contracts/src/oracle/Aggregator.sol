// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {LimitsWord, LimitsWords, RoundWord, RoundWords} from "./FeedWords.sol";
import {TwoStepAdmin} from "./TwoStepAdmin.sol";
import {AggregatorInterface} from "./interfaces/AggregatorInterface.sol";
import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {IAggregator} from "./interfaces/IAggregator.sol";

/// @title A price feed
/// @notice Stands behind a FeedProxy, whose address stays when this code is replaced. Consumers of
/// Chainlink's AggregatorV3Interface and AggregatorInterface read it unchanged.
///
/// @dev An update reads two slots and writes two. The last round has a slot of its own (a reader and the
/// deviation check find all in it), and moves into the history when the next one comes. Each transmitter
/// has a copy of the limits, which says as well that it is one; _setLimits writes them all.
/// The history is a ring of `ringSize` slots at ROUNDS; a word in it carries its round's number, so that
/// one which was overwritten, or comes from a ring of another size, is never taken for another.
/// Decision 18 has the figures.
contract Aggregator is IAggregator, TwoStepAdmin, Initializable, UUPSUpgradeable {
    /// @custom:storage-location erc7201:meta138.storage.Aggregator
    struct AggregatorStorage {
        RoundWord latest;
        LimitsWord limits;
        address guardian;
        uint8 decimals;
        string description;
        address[] transmitters;
        mapping(address => uint256) transmitterPosition; // in `transmitters`, plus one
        mapping(address => LimitsWord) limitsOf; // a transmitter's copy of `limits`
    }

    /// @notice The longest description
    uint256 public constant MAX_DESCRIPTION = 64;
    /// @notice The most transmitters
    uint256 public constant MAX_TRANSMITTERS = 64;

    /// @dev keccak256(abi.encode(uint256(keccak256("meta138.storage.Aggregator")) - 1)) & ~0xff
    bytes32 private constant LOCATION =
        0x26774e7e8ccc4ff7291cea2584cf56e6b0dc0bd251fecd5d61d6aaf7814aee00;
    /// @dev keccak256(abi.encode(uint256(keccak256("meta138.storage.Aggregator.rounds")) - 1)) & ~0xff
    bytes32 private constant ROUNDS =
        0x4d9db173beb4cc835ea43941edb76de09a75ab58510a082558144ba511fe7e00;

    /// @dev A ring that never comes round: round ids are smaller.
    uint256 private constant ALL_ROUNDS = type(uint32).max;

    /// @dev Text, because consumers of Chainlink's feeds compare it.
    string private constant NO_DATA = "No data present";

    constructor() {
        _disableInitializers();
    }

    /// @notice Makes a feed; by the proxy's constructor.
    /// @param description_ Such as "ETH / USD"
    /// @param decimals_ How many decimals an answer has
    /// @param settings_ See Settings
    /// @param admin_ Who decides: a timelock
    /// @param guardian_ Who may pause; zero: the admin alone
    /// @param transmitters_ Who may write rounds
    function initialize(
        string calldata description_,
        uint8 decimals_,
        Settings calldata settings_,
        address admin_,
        address guardian_,
        address[] calldata transmitters_
    ) external initializer {
        uint256 length = bytes(description_).length;
        if (length == 0 || length > MAX_DESCRIPTION) revert InvalidSetting("description");
        AggregatorStorage storage $ = _storage();
        $.description = description_;
        $.decimals = decimals_;
        _setAdmin(admin_);
        _setGuardian(guardian_);
        _setSettings(settings_);
        for (uint256 i = 0; i < transmitters_.length; ++i) {
            _addTransmitter(transmitters_[i]);
        }
    }

    // Publishers

    /// @inheritdoc IAggregator
    function transmit(uint80 roundId, int256 answer, uint64 observedAt)
        external
        override
        returns (bool written)
    {
        AggregatorStorage storage $ = _storage();
        LimitsWord limits = $.limitsOf[msg.sender];
        if (!limits.isTransmitter()) revert NotTransmitter(msg.sender);
        return _update(limits, roundId, answer, observedAt);
    }

    /// @inheritdoc IAggregator
    function feedState(address transmitter)
        external
        view
        override
        returns (FeedState memory state)
    {
        AggregatorStorage storage $ = _storage();
        RoundWord latest = $.latest;
        LimitsWord limits = $.limits;
        state.roundId = uint80(latest.roundId());
        state.answer = latest.answer();
        state.startedAt = uint64(latest.startedAt());
        state.updatedAt = uint64(latest.updatedAt());
        state.blockTimestamp = uint64(block.timestamp);
        state.dueAt = uint64(_dueAt(latest, limits));
        state.heartbeat = uint32(limits.heartbeat());
        state.deviationBps = uint16(limits.deviationBps());
        state.maxObservationAge = uint16(limits.maxObservationAge());
        state.minAnswer = limits.minAnswer();
        state.maxAnswer = limits.maxAnswer();
        state.decimals = $.decimals;
        state.skipsNeedless = limits.skipsNeedless();
        state.paused = limits.paused();
        state.mayTransmit = $.limitsOf[transmitter].isTransmitter();
    }

    // Readers

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData()
        external
        view
        override
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        return _roundData(_storage().latest);
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80 _roundId)
        external
        view
        override
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        return _roundData(_findRound(_roundId));
    }

    /// @inheritdoc AggregatorV3Interface
    function decimals() external view override returns (uint8) {
        return _storage().decimals;
    }

    /// @inheritdoc AggregatorV3Interface
    function description() external view override returns (string memory) {
        return _storage().description;
    }

    /// @inheritdoc AggregatorV3Interface
    function version() external pure virtual override returns (uint256) {
        return 1;
    }

    /// @inheritdoc AggregatorInterface
    function latestAnswer() external view override returns (int256) {
        return _storage().latest.answer();
    }

    /// @inheritdoc AggregatorInterface
    function latestTimestamp() external view override returns (uint256) {
        return _storage().latest.updatedAt();
    }

    /// @inheritdoc AggregatorInterface
    function latestRound() external view override returns (uint256) {
        return _storage().latest.roundId();
    }

    /// @inheritdoc AggregatorInterface
    function getAnswer(uint256 roundId) external view override returns (int256) {
        return _findRound(roundId).answer();
    }

    /// @inheritdoc AggregatorInterface
    function getTimestamp(uint256 roundId) external view override returns (uint256) {
        return _findRound(roundId).updatedAt();
    }

    /// @inheritdoc IAggregator
    function age() public view override returns (uint256) {
        RoundWord latest = _storage().latest;
        if (latest.roundId() == 0) return type(uint256).max;
        return block.timestamp - latest.updatedAt();
    }

    /// @inheritdoc IAggregator
    function isStale() external view override returns (bool) {
        return age() > _storage().limits.heartbeat();
    }

    /// @inheritdoc IAggregator
    function minAnswer() external view override returns (int192) {
        return int192(_storage().limits.minAnswer());
    }

    /// @inheritdoc IAggregator
    function maxAnswer() external view override returns (int192) {
        return int192(_storage().limits.maxAnswer());
    }

    // Operators

    /// @inheritdoc IAggregator
    function settings() external view override returns (Settings memory) {
        AggregatorStorage storage $ = _storage();
        LimitsWord limits = $.limits;
        uint256 ringSize = $.latest.ringSize();
        return Settings({
            heartbeat: uint32(limits.heartbeat()),
            deviationBps: uint16(limits.deviationBps()),
            maxObservationAge: uint16(limits.maxObservationAge()),
            skipsNeedless: limits.skipsNeedless(),
            minAnswer: limits.minAnswer(),
            maxAnswer: limits.maxAnswer(),
            historySize: ringSize == ALL_ROUNDS ? 0 : uint32(ringSize + 1)
        });
    }

    /// @inheritdoc IAggregator
    function transmitters() external view override returns (address[] memory) {
        return _storage().transmitters;
    }

    /// @inheritdoc IAggregator
    function guardian() external view override returns (address) {
        return _storage().guardian;
    }

    /// @inheritdoc IAggregator
    function paused() external view override returns (bool) {
        return _storage().limits.paused();
    }

    /// @inheritdoc IAggregator
    function setSettings(Settings calldata newSettings) external override onlyAdmin {
        _setSettings(newSettings);
    }

    /// @inheritdoc IAggregator
    function addTransmitter(address transmitter) external override onlyAdmin {
        _addTransmitter(transmitter);
    }

    /// @inheritdoc IAggregator
    function removeTransmitter(address transmitter) external override onlyAdmin {
        AggregatorStorage storage $ = _storage();
        uint256 position = $.transmitterPosition[transmitter];
        if (position == 0) revert TransmitterUnchanged(transmitter);
        address last = $.transmitters[$.transmitters.length - 1];
        $.transmitters[position - 1] = last;
        $.transmitterPosition[last] = position;
        $.transmitters.pop();
        delete $.transmitterPosition[transmitter];
        $.limitsOf[transmitter] = LimitsWord.wrap(0);
        emit TransmitterRemoved(transmitter);
    }

    /// @inheritdoc IAggregator
    function setGuardian(address newGuardian) external override onlyAdmin {
        _setGuardian(newGuardian);
    }

    /// @inheritdoc IAggregator
    function pause() external override {
        AggregatorStorage storage $ = _storage();
        if (msg.sender != $.guardian && msg.sender != admin()) revert NotGuardian(msg.sender);
        _setLimits($, $.limits.withPaused(true));
        emit Paused(msg.sender);
    }

    /// @inheritdoc IAggregator
    function unpause() external override onlyAdmin {
        AggregatorStorage storage $ = _storage();
        _setLimits($, $.limits.withPaused(false));
        emit Unpaused(msg.sender);
    }

    // Inside

    /// @dev What comes in is believed to come from who may say it: transmit() has seen to that, and a
    /// report signed by a quorum of oracles, or one that came over another chain, has to before it gets
    /// here. `limits` are the feed's, or a transmitter's copy of them.
    function _update(LimitsWord limits, uint256 roundId, int256 answer, uint256 observedAt)
        internal
        returns (bool written)
    {
        AggregatorStorage storage $ = _storage();
        if (limits.paused()) revert FeedPaused();

        RoundWord latest = $.latest;
        uint256 latestId = latest.roundId();
        uint256 nextId;
        unchecked {
            nextId = latestId + 1; // 32 bits and one
        }
        if (roundId != nextId) {
            if (!limits.skipsNeedless() || roundId > latestId) {
                revert UnexpectedRound(roundId, nextId);
            }
            emit UpdateSkipped(roundId, SkipReason.RoundTaken);
            return false;
        }
        if (answer < limits.minAnswer() || answer > limits.maxAnswer()) {
            revert AnswerOutOfBounds(answer, limits.minAnswer(), limits.maxAnswer());
        }
        observedAt = _checkedObservation(observedAt, latest, limits);
        if (!_isNeeded(answer, latest, limits)) {
            if (!limits.skipsNeedless()) revert UpdateNotNeeded(_dueAt(latest, limits));
            emit UpdateSkipped(roundId, SkipReason.NotNeeded);
            return false;
        }

        uint256 ringSize = latest.ringSize();
        if (latestId != 0 && ringSize != 0) _keepRound(latest, latestId, ringSize);
        $.latest = RoundWords.make(answer, observedAt, block.timestamp, roundId, ringSize);
        emit NewRound(roundId, msg.sender, observedAt);
        emit AnswerUpdated(answer, roundId, block.timestamp);
        return true;
    }

    /// @dev When the observation counts as made. Blocks' timestamps lag behind clocks, and clocks differ
    /// a little: an observation from the future is one of now.
    function _checkedObservation(uint256 observedAt, RoundWord latest, LimitsWord limits)
        private
        view
        returns (uint256)
    {
        if (observedAt > block.timestamp) return block.timestamp;
        unchecked {
            // 64 and 16 bits: no overflow
            if (observedAt + limits.maxObservationAge() < block.timestamp) {
                revert ObservationTooOld(observedAt, block.timestamp - limits.maxObservationAge());
            }
        }
        if (observedAt < latest.startedAt()) {
            revert ObservationTooOld(observedAt, latest.startedAt());
        }
        return observedAt;
    }

    /// @dev See IAggregator for the rule.
    function _isNeeded(int256 answer, RoundWord latest, LimitsWord limits)
        private
        view
        returns (bool)
    {
        if (block.timestamp >= _dueAt(latest, limits)) return true;
        unchecked {
            // 96-bit answers: nothing overflows
            int256 before = latest.answer();
            uint256 difference = uint256(answer > before ? answer - before : before - answer);
            uint256 threshold = limits.deviationBps();
            if (difference == 0) return threshold == 0;
            return difference * 10_000 >= threshold * uint256(before < 0 ? -before : before);
        }
    }

    function _dueAt(RoundWord latest, LimitsWord limits) private pure returns (uint256) {
        if (latest.roundId() == 0) return 0;
        uint256 heartbeat = limits.heartbeat();
        unchecked {
            return latest.updatedAt() + heartbeat - heartbeat / 8;
        }
    }

    function _keepRound(RoundWord round, uint256 roundId, uint256 ringSize) private {
        bytes32 slot = _roundSlot(roundId, ringSize);
        assembly {
            sstore(slot, round)
        }
    }

    /// @dev Zero for a round that does not exist or is not kept.
    function _findRound(uint256 roundId) private view returns (RoundWord round) {
        round = _storage().latest;
        uint256 latestId = round.roundId();
        if (roundId == latestId) return round;
        uint256 ringSize = round.ringSize();
        if (roundId > latestId || latestId - roundId > ringSize) return RoundWord.wrap(0);
        bytes32 slot = _roundSlot(roundId, ringSize);
        assembly {
            round := sload(slot)
        }
        if (round.roundId() != roundId) return RoundWord.wrap(0);
    }

    function _roundSlot(uint256 roundId, uint256 ringSize) private pure returns (bytes32 slot) {
        assembly {
            slot := add(ROUNDS, mod(roundId, ringSize))
        }
    }

    function _roundData(RoundWord round)
        private
        pure
        returns (uint80, int256, uint256, uint256, uint80)
    {
        uint80 roundId = uint80(round.roundId());
        require(roundId != 0, NO_DATA);
        return (roundId, round.answer(), round.startedAt(), round.updatedAt(), roundId);
    }

    function _setSettings(Settings calldata new_) private {
        if (new_.heartbeat == 0 || new_.heartbeat > type(uint24).max) {
            revert InvalidSetting("heartbeat");
        }
        if (new_.deviationBps > 10_000) revert InvalidSetting("deviationBps");
        if (new_.maxObservationAge == 0) revert InvalidSetting("maxObservationAge");
        if (new_.minAnswer != int96(new_.minAnswer)) revert InvalidSetting("minAnswer");
        if (new_.maxAnswer != int96(new_.maxAnswer) || new_.maxAnswer < new_.minAnswer) {
            revert InvalidSetting("maxAnswer");
        }

        AggregatorStorage storage $ = _storage();
        LimitsWord limits = LimitsWords.make(
                new_.minAnswer,
                new_.maxAnswer,
                new_.heartbeat,
                new_.deviationBps,
                new_.maxObservationAge,
                new_.skipsNeedless
            ).withPaused($.limits.paused());
        _setLimits($, limits);
        uint256 ringSize = new_.historySize == 0 ? ALL_ROUNDS : new_.historySize - 1;
        $.latest = $.latest.withRingSize(ringSize);
        emit SettingsChanged(new_);
    }

    function _setLimits(AggregatorStorage storage $, LimitsWord limits) private {
        $.limits = limits;
        uint256 count = $.transmitters.length;
        for (uint256 i = 0; i < count; ++i) {
            $.limitsOf[$.transmitters[i]] = limits.forTransmitter();
        }
    }

    /// @dev For ways in that are not a transmitter's.
    function _limits() internal view returns (LimitsWord) {
        return _storage().limits;
    }

    function _addTransmitter(address transmitter) private {
        AggregatorStorage storage $ = _storage();
        if (transmitter == address(0) || $.transmitterPosition[transmitter] != 0) {
            revert TransmitterUnchanged(transmitter);
        }
        if ($.transmitters.length == MAX_TRANSMITTERS) revert InvalidSetting("transmitters");
        $.transmitters.push(transmitter);
        $.transmitterPosition[transmitter] = $.transmitters.length;
        $.limitsOf[transmitter] = $.limits.forTransmitter();
        emit TransmitterAdded(transmitter);
    }

    function _setGuardian(address newGuardian) private {
        _storage().guardian = newGuardian;
        emit GuardianChanged(newGuardian);
    }

    function _authorizeUpgrade(address) internal view override onlyAdmin {}

    function _storage() private pure returns (AggregatorStorage storage $) {
        assembly {
            $.slot := LOCATION
        }
    }
}
