// As a program in C++ uses the library: handles that free themselves, a meter that cannot be copied or moved, statuses as
// exceptions. The group is that of a shamir round, with two aggregators who both have to open.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "check.h"

namespace {

constexpr std::size_t aggregator_count = 2;
constexpr std::uint64_t first_round = 1000, last_round = 1999, beacon_time = 800000;

constexpr wattsum_shamir_params params = {
    .group = {.origin = 0,
        .max_reading = 1000000,
        .period = 900,
        .group = 7,
        .max_meters = 100,
        .min_honest = 2,
        .max_colluding = 0,
        .rounds_per_step = 96,
        .channels = 1,
        .max_missing_permille = 400},
    .aggregators = aggregator_count,
    .threshold = aggregator_count,
    .colluding = aggregator_count - 1,
};

// What a status becomes where it is not success.
class failure : public std::runtime_error {
public:
    failure(wattsum_status status, std::uint32_t culprit)
        : std::runtime_error(wattsum_status_text(status)), status(status), culprit(culprit)
    {
    }
    wattsum_status status;
    std::uint32_t culprit;
};

void must(wattsum_status status, std::uint32_t culprit = UINT32_MAX)
{
    if (status != WATTSUM_OK) {
        throw failure(status, culprit);
    }
}

// A handle of the head end, which frees itself.
template <auto free_function> struct freed {
    template <typename T> void operator()(T *handle) const
    {
        CHECK_STATUS(WATTSUM_OK, free_function(handle));
    }
};
template <typename T, auto free_function> using handle = std::unique_ptr<T, freed<free_function>>;
using roster = handle<wattsum_roster, wattsum_roster_free>;
using aggregator = handle<wattsum_shamir_aggregator, wattsum_shamir_aggregator_free>;
using utility = handle<wattsum_shamir_utility, wattsum_shamir_utility_free>;
using shamir_round = handle<wattsum_shamir_round, wattsum_shamir_round_free>;

// made(wattsum_..._new, inputs...): what the function leaves in its last parameter but the culprit.
template <typename Handle> class receiver {
public:
    ~receiver()
    {
        into.reset(raw);
    }
    explicit receiver(Handle &into) : into(into)
    {
    }
    operator typename Handle::pointer *()
    {
        return &raw;
    }

private:
    Handle &into;
    typename Handle::pointer raw = nullptr;
};

// Other bytes at each call; a program takes them from the system's generator.
std::array<std::uint8_t, WATTSUM_KEY_LEN> entropy()
{
    static std::uint8_t count;
    std::array<std::uint8_t, WATTSUM_KEY_LEN> bytes{};
    count++;
    for (std::size_t i = 0; i < bytes.size(); i++) {
        bytes[i] = static_cast<std::uint8_t>(count + i * 37);
    }
    return bytes;
}

struct party {
    party(const wattsum_forming &forming, std::uint32_t id, std::uint8_t role) : id(id), role(role)
    {
        must(wattsum_identity_generate(entropy().data(), identity.data(), identity_public.data()));
        must(wattsum_link_generate(entropy().data(), link.data(), link_public.data()));
        std::array<std::uint8_t, WATTSUM_KEY_LEN> again{};
        must(wattsum_identity_public(identity.data(), again.data()));
        CHECK(again == identity_public);
        must(wattsum_link_announce(&forming, id, role, identity.data(), link_public.data(), announcement.data()));
    }
    std::uint32_t id;
    std::uint8_t role;
    std::array<std::uint8_t, WATTSUM_KEY_LEN> identity{}, identity_public{}, link{}, link_public{};
    std::array<std::uint8_t, WATTSUM_LINK_KEY_FRAME_LEN> announcement{};
};

// A meter is where it was made: other places have other pointers.
class meter {
public:
    meter(const wattsum_shamir_setup &setup, std::array<std::uint8_t, WATTSUM_KEY_LEN> &link)
    {
        must(wattsum_mark_new(&mark));
        std::uint32_t culprit = UINT32_MAX;
        must(wattsum_shamir_meter_new(memory.data(), sizeof memory, &setup, link.data(), &role, &culprit), culprit);
    }
    ~meter()
    {
        CHECK_STATUS(WATTSUM_OK, wattsum_shamir_meter_free(role));
    }
    meter(const meter &) = delete;
    meter &operator=(const meter &) = delete;

    std::vector<std::uint8_t> contribute(std::uint64_t round, std::int64_t wh)
    {
        std::vector<std::uint8_t> frame(WATTSUM_SHAMIR_CONTRIBUTION_LEN(1, params.aggregators, params.threshold));
        std::size_t len = 0;
        must(wattsum_shamir_meter_contribute(
            role, &mark, round, round, &wh, 1, record.data(), frame.data(), frame.size(), &len));
        frame.resize(len);
        return frame; // record is stored by now
    }
    std::array<std::uint8_t, WATTSUM_MARK_RECORD_LEN> record{};

private:
    std::array<std::uint64_t, (WATTSUM_SHAMIR_METER_SIZE(aggregator_count) + 7) / 8> memory{};
    wattsum_mark mark{};
    wattsum_shamir_meter *role = nullptr;
};
static_assert(!std::is_copy_constructible_v<meter> && !std::is_move_constructible_v<meter>);

// An epoch with everybody in it.
class group {
public:
    explicit group(std::size_t meters)
    {
        wattsum_forming forming{};
        std::array<std::uint8_t, WATTSUM_ROOT_FRAME_LEN> root{};
        std::array<std::uint8_t, WATTSUM_ROOT_RECORD_LEN> pinned{};
        wattsum_lists lists{};
        must(wattsum_shamir_forming(&params, 1, first_round, &forming));
        must(wattsum_roster_new(&forming, receiver(all)));
        party head = join(forming, 0, WATTSUM_ROLE_UTILITY);
        std::vector<party> helpers, devices;
        for (std::uint32_t a = 0; a < aggregator_count; a++) {
            helpers.push_back(join(forming, 10 + a, WATTSUM_ROLE_AGGREGATOR));
        }
        for (std::uint32_t i = 0; i < meters; i++) {
            devices.push_back(join(forming, 100 + i, WATTSUM_ROLE_METER));
        }
        must(wattsum_roster_build(all.get()));
        must(wattsum_roster_lists(all.get(), &lists));
        must(wattsum_roster_root(all.get(), last_round, beacon_time, head.identity.data(), root.data()));
        must(wattsum_root_accept(
            &forming, head.identity_public.data(), 1, nullptr, root.data(), root.size(), pinned.data(), nullptr));
        must(wattsum_epoch_begin(&forming, pinned.data(), entropy().data(), beacon_time, &epoch));

        const wattsum_member first = entry(forming, lists, WATTSUM_LIST_ROSTER, 0, head);
        std::vector<wattsum_member> entries;
        for (std::uint32_t a = 0; a < aggregator_count; a++) {
            entries.push_back(entry(forming, lists, WATTSUM_LIST_ANSWERERS, a, helpers[a]));
        }
        for (std::uint32_t i = 0; i < meters; i++) {
            entry(forming, lists, WATTSUM_LIST_ROSTER, 1 + i, devices[i]);
            const wattsum_shamir_setup setup = {.params = &params,
                .epoch = &epoch,
                .lists = &lists,
                .utility = &first,
                .aggregators = entries.data(),
                .aggregator_count = entries.size(),
                .id = devices[i].id,
                .first_channel = 0};
            this->meters.push_back(std::make_unique<meter>(setup, devices[i].link));
        }
        for (party &who : helpers) {
            must(wattsum_shamir_aggregator_new(&params, &epoch, who.id, all.get(), who.identity.data(), who.link.data(),
                receiver(aggregators.emplace_back()), nullptr));
        }
        must(wattsum_shamir_utility_new(
            &params, &epoch, all.get(), head.identity.data(), head.link.data(), receiver(head_end), nullptr));
    }

    // The sum of a round; a meter without a reading is silent.
    std::int64_t run(std::uint64_t round, const std::vector<std::optional<std::int64_t>> &wh)
    {
        constexpr std::array<std::uint8_t, aggregator_count> quorum = {1, 2};
        const std::vector<std::uint8_t> present(meters.size(), 1);
        shamir_round running;
        must(wattsum_shamir_utility_open(
            head_end.get(), round, round, present.data(), present.size(), receiver(running)));
        const std::vector<std::uint8_t> open = frame(running.get());
        for (const aggregator &each : aggregators) {
            must(wattsum_shamir_aggregator_open(each.get(), round, open.data(), open.size(), nullptr));
        }
        for (std::size_t i = 0; i < meters.size(); i++) {
            if (wh.at(i)) {
                accept(running.get(), meters[i]->contribute(round, *wh[i]));
            }
        }
        must(wattsum_shamir_utility_close(head_end.get(), running.get(), quorum.data(), quorum.size()));
        const std::vector<std::uint8_t> close = frame(running.get());
        for (const aggregator &each : aggregators) {
            std::array<std::uint8_t, WATTSUM_ANSWER_RECORD_LEN> record{};
            std::vector<std::uint8_t> answer(WATTSUM_ANSWER_LEN(1, aggregator_count));
            std::size_t len = 0;
            must(wattsum_shamir_aggregator_answer(each.get(), round, close.data(), close.size(), record.data(),
                answer.data(), answer.size(), &len, nullptr));
            accept(running.get(), answer);
        }
        std::int64_t sum = 0;
        std::uint32_t count = 0;
        must(wattsum_shamir_utility_record(head_end.get(), running.get(), &sum, 1, &count));
        return sum;
    }

    std::vector<std::unique_ptr<meter>> meters;

private:
    party join(const wattsum_forming &forming, std::uint32_t id, std::uint8_t role)
    {
        party who(forming, id, role);
        must(wattsum_roster_add(all.get(), id, role, who.identity_public.data(), who.announcement.data(),
            who.announcement.size(), nullptr));
        return who;
    }

    wattsum_member entry(const wattsum_forming &forming, const wattsum_lists &lists, std::uint8_t list,
        std::uint32_t index, const party &who) const
    {
        wattsum_member member{};
        std::array<std::uint8_t, 32 * 32> path{};
        std::uint32_t id = 0;
        std::size_t hashes = 0;
        must(wattsum_roster_path(all.get(), list, index, &id, path.data(), 32, &hashes));
        must(wattsum_member_announced(&forming, who.id, who.role, who.identity_public.data(), who.announcement.data(),
            who.announcement.size(), &member, nullptr));
        must(wattsum_member_verify(&epoch, &lists, list, index, &member, path.data(), hashes, nullptr));
        return member;
    }

    static std::vector<std::uint8_t> frame(wattsum_shamir_round *round)
    {
        std::vector<std::uint8_t> frame(WATTSUM_CLOSE_LEN(params.group.max_meters, aggregator_count));
        std::size_t len = 0;
        must(wattsum_shamir_round_frame(round, frame.data(), frame.size(), &len));
        frame.resize(len);
        return frame;
    }

    static void accept(wattsum_shamir_round *round, const std::vector<std::uint8_t> &frame)
    {
        std::uint32_t sender = 0, culprit = UINT32_MAX;
        must(wattsum_shamir_round_accept(round, frame.data(), frame.size(), &sender, &culprit), culprit);
    }

    wattsum_epoch epoch{};
    roster all;
    std::vector<aggregator> aggregators;
    utility head_end;
};

// The status that an act ends with.
template <typename Act> wattsum_status status_of(Act act)
{
    try {
        act();
        return WATTSUM_OK;
    } catch (const failure &failed) {
        CHECK(std::string(failed.what()) == wattsum_status_text(failed.status));
        return failed.status;
    }
}

} // namespace

int main()
{
    group all(3);
    CHECK(all.run(first_round, {120, -45, 980}) == 1055);
    CHECK(all.run(first_round + 1, {0, std::nullopt, 7}) == 7);
    // Once is once, and who unwinds frees the round that it had opened.
    CHECK_STATUS(WATTSUM_MISUSE_TIME_ALREADY_USED, status_of([&] { all.meters[0]->contribute(first_round, 120); }));
    CHECK_STATUS(WATTSUM_QUORUM, status_of([&] { all.run(first_round + 2, {1, std::nullopt, std::nullopt}); }));
    CHECK_STATUS(WATTSUM_MISUSE_READING_TOO_LARGE, status_of([&] { all.meters[2]->contribute(first_round + 3, 1000001); }));
    return counted();
}
