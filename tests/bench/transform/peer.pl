#!/usr/bin/perl
# peer.pl FILE: the transform in Perl, with JSON::XS, DBD::SQLite, Digest::SHA.
#
# Does what stage.c does, on the same staging database, except: pages must be
# UTF-8 without lone surrogates or NUL, numbers are written as Perl writes
# them, a record that nests too deeply and names that no log has are not
# noted, and windows are complete and judged at once.
use strict;
use warnings;
use DBD::SQLite;
use DBI qw(:sql_types);
use Digest::SHA qw(sha256);
use builtin qw(created_as_number);
no warnings 'experimental::builtin';
use JSON::XS;
use Time::Local qw(timegm_modern);

use constant { POSITIONS => 33554432, COMMIT_RECORDS => 10000 };
use constant { INVALID => 1, CLEAN => 2, DUPLICATE => 3, ALERT => 4 };
use constant NOTHING => '-' . "\0" x 8;

my @columns = qw(sender recipient subject url file_name file_type file_hash
    message_id source_ip verdict action);

my %logs = (
	url => {
		array => 'clickLogs',
		fields => [ qw(userEmailAddress fromUserEmailAddress url
		    ttpDefinition subject action actions adminOverride
		    userOverride scanResult category sendingIp
		    userAwarenessAction date route creationMethod
		    emailPartsDescription messageId tagMap) ],
		time => 'date',
		required => [ [ 'userEmailAddress', 10 ], [ 'url', 11 ],
		    [ 'date', 12 ], [ 'scanResult', 13 ] ],
		unparsable => 14,
		natural => [ qw(userEmailAddress url date messageId
		    creationMethod) ],
		columns => { sender => 'fromUserEmailAddress',
		    recipient => 'userEmailAddress', subject => 'subject',
		    url => 'url', message_id => 'messageId',
		    source_ip => 'sendingIp', verdict => 'scanResult',
		    action => 'action' },
		verdict => 'scanResult',
		severity => 4,
	},
	attachment => {
		array => 'attachmentLogs',
		fields => [ qw(senderAddress recipientAddress fileName fileType
		    result actionTriggered date details route messageId subject
		    fileHash definition) ],
		time => 'date',
		required => [ [ 'recipientAddress', 20 ], [ 'fileName', 21 ],
		    [ 'result', 22 ], [ 'date', 23 ] ],
		unparsable => 24,
		natural => [ qw(messageId recipientAddress fileHash fileName
		    date) ],
		columns => { sender => 'senderAddress',
		    recipient => 'recipientAddress', subject => 'subject',
		    file_name => 'fileName', file_type => 'fileType',
		    file_hash => 'fileHash', message_id => 'messageId',
		    verdict => 'result', action => 'actionTriggered' },
		verdict => 'result',
		severity => 4,
	},
	impersonation => {
		array => 'impersonationLogs',
		fields => [ qw(senderAddress recipientAddress subject
		    definition hits identifiers action taggedExternal
		    taggedMalicious senderIpAddress eventTime
		    impersonationResults messageId) ],
		time => 'eventTime',
		required => [ [ 'senderAddress', 30 ],
		    [ 'recipientAddress', 31 ], [ 'eventTime', 32 ] ],
		unparsable => 33,
		natural => [ qw(messageId recipientAddress eventTime) ],
		columns => { sender => 'senderAddress',
		    recipient => 'recipientAddress', subject => 'subject',
		    message_id => 'messageId', source_ip => 'senderIpAddress',
		    action => 'action' },
		own_id => 'id',
		severity => 5,
	});
my $json = JSON::XS->new->utf8;
my ($db, %do, $run, $mapping, %rules, $log, %seen, $first, $last);

sub text {
	my ($s) = @_;
	utf8::encode($s);
	return 's' . pack('Q>', length $s) . $s;
}

# The content of a value, identity version 1.
sub value {
	my ($v) = @_;
	return NOTHING if !defined $v;
	my $ref = ref $v;
	if (!$ref) {
		return NOTHING if $v eq '';
		my $letter = created_as_number($v) ? 'n' : 's';
		utf8::encode($v);
		return $letter . pack('Q>', length $v) . $v;
	}
	return ($v ? 't' : 'f') . "\0" x 8 if $ref eq 'JSON::PP::Boolean';
	if ($ref eq 'ARRAY') {
		return NOTHING if !@$v;
		return join '', 'a', pack('Q>', scalar @$v), map { value($_) } @$v;
	}
	my @members;
	for my $name (sort keys %$v) {
		my $member = value($v->{$name});
		push @members, text($name) . $member
		    if substr($member, 0, 1) ne '-';
	}
	return NOTHING if !@members;
	return join '', 'o', pack('Q>', scalar @members), @members;
}

for my $name (keys %logs) {
	my $log = $logs{$name};
	$log->{name} = $name;
	$log->{head} = value($name);
	$log->{columns} = [ map { $log->{columns}{$_} } @columns ];
}

sub filled {
	return defined $_[0] && !ref $_[0] && $_[0] =~ /[^ \t\r\n]/;
}

sub parse_time {
	my ($y, $mon, $d, $h, $min, $s, $sign, $oh, $om) = $_[0] =~
	    /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?
	    (?:[Zz]|([+-])(\d\d):?(\d\d))$/x or return undef;
	my $at = eval { timegm_modern($s, $min, $h, $d, $mon - 1, $y) };
	return undef if !defined $at;
	my $offset = $sign ? ($oh * 60 + $om) * 60 : 0;
	return $sign && $sign eq '-' ? $at + $offset : $at - $offset;
}

sub sql {
	return $do{ $_[0] } //= $db->prepare($_[0]);
}

sub blobs {
	my ($s, $numbers, $values) = @_;
	my $i = 0;
	for my $v (@$values) {
		$i++;
		if ($numbers->{$i}) {
			$s->bind_param($i, $v, SQL_BLOB);
		} else {
			$s->bind_param($i, $v);
		}
	}
	$s->execute;
}

sub load_mapping {
	open my $f, '<:raw', 'transform/published.json' or die;
	my $body = do { local $/; <$f> };
	my $m = decode_json($body);
	blobs(sql('INSERT INTO mapping (digest, version, attack_version, source,'
	    . " body, run_id, loaded_at) VALUES (?, ?, ?, 'built-in', ?, ?, 0)"),
	    { 1 => 1 }, [ sha256($body), $m->{version}, $m->{attack_version},
	    $body, $run ]);
	$mapping = $db->sqlite_last_insert_rowid;
	my $no = 0;
	my $add = sub {
		my ($r, $match, $name) = @_;
		$no++;
		sql('INSERT INTO mapping_rule VALUES (?, ?, ?, ?, ?, ?, ?, NULL)')
		    ->execute($mapping, $no, $r->{alertType}, $match, $name,
		    $r->{threatId}, $r->{threatName});
		$rules{ $name // $r->{alertType} } //= [ $r->{alertType},
		    $r->{threatId}, $r->{threatName}, $match, $no ];
	};
	$add->($_, 'exact', undef) for @{ $m->{rules} };
	$add->($m->{defaults}{$_}, 'default', $_)
	    for qw(url attachment impersonation);
}

# Call $fn with each record of a page, its offset and its length in bytes.
sub each_record {
	my ($body, $fn) = @_;
	$body =~ /"\Q$log->{array}\E"\s*:\s*\[\s*/ or die 'no records';
	my $offset = $+[0];
	$json->incr_reset;
	$json->incr_parse(substr $body, $offset);
	while (1) {
		my $left = length $json->incr_text;
		return if $json->incr_text =~ /^\]/;
		my $record = $json->incr_parse or die 'cut short';
		my $length = $left - length $json->incr_text;
		$fn->($record, $offset, $length);
		$json->incr_text =~ s/^\s*,?\s*//;
		$offset += $left - length $json->incr_text;
	}
}

sub natural_key {
	my ($r, $time, $lead) = @_;
	my $own = $log->{own_id} ? value($r->{ $log->{own_id} }) : NOTHING;
	$own = join '', map { $_ eq $log->{time} ? $time : value($r->{$_}) }
	    @{ $log->{natural} } if $own eq NOTHING;
	return $lead . substr sha256($log->{head} . $own), 0, 12;
}

sub alert_id {
	my ($lead, $digest, $twin) = @_;
	return $lead . substr sha256($digest . pack('Q>', $twin)), 0, 12;
}

sub known {
	my ($id, $digest) = @_;
	my $s = sql('SELECT alert_no, twin, record_id, digest FROM alert'
	    . ' WHERE alert_id = ?');
	$s->bind_param(1, $id, SQL_BLOB);
	$s->execute;
	my $known = $s->fetchrow_arrayref or return undef;
	my @row = @$known;
	$s->finish;
	die 'two events with one id' if $row[3] ne $digest;
	return \@row;
}

sub alert_type {
	my ($r) = @_;
	return ($rules{ $log->{name} }[0], 'fixed') if $log->{name} ne 'url';
	if (filled($r->{ttpDefinition})) {
		return ($r->{reason}, 'reason') if filled($r->{reason});
		return ($r->{ttpDefinition}, 'ttpDefinition');
	}
	return ($r->{creationMethod}, 'creationMethod')
	    if filled($r->{creationMethod});
	return ($rules{url}[0], 'default');
}

sub put_alert {
	my ($r, $at, $record, $id, $digest, $twin, $key, $verdict) = @_;
	my $revised;
	if ($twin == 0) {
		my $s = sql('SELECT max(alert_no) FROM alert'
		    . ' WHERE natural_key = ? AND digest <> ?');
		blobs($s, { 1 => 1, 2 => 1 }, [ $key, $digest ]);
		($revised) = $s->fetchrow_array;
		$s->finish;
	}
	my @texts = map {
		my $v = defined $_ ? $r->{$_} : undef;
		defined $v && !ref $v && $v ne '' ? $v : undef
	} @{ $log->{columns} };
	blobs(sql('INSERT INTO alert (alert_id, digest, twin, natural_key,'
	    . ' record_id, run_id, log, occurred_at, sender, recipient,'
	    . ' subject, url, file_name, file_type, file_hash, message_id,'
	    . ' source_ip, verdict, action, text_anomaly, revision_of)'
	    . ' VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,'
	    . ' ?, 0, ?)'), { 1 => 1, 2 => 1, 4 => 1 },
	    [ $id, $digest, $twin, $key, $record, $run, $log->{name}, $at,
	    @texts, $revised ]);
	my $no = $db->sqlite_last_insert_rowid;
	my ($type, $type_rule) = alert_type($r);
	my $rule = $rules{$type} // $rules{ $log->{name} };
	sql('INSERT INTO alert_mapping VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
	    ->execute($no, $mapping, $type, $type_rule, @$rule[1 .. 4],
	    defined $verdict && $verdict eq 'malicious' ? 7 : $log->{severity});
	return (ALERT, $twin ? 61 : $revised ? 62 : 60, $at, $no, $twin);
}

sub settle {
	my ($r, $at, $record, $verdict) = @_;
	my $lead = pack 'N', $at < 0 ? 0 : $at > 0xffffffff ? 0xffffffff : $at;
	my $time = 'n' . pack('Q>', length $at) . $at;
	my $digest = sha256(join '', $log->{head}, map {
		$_ eq $log->{time} ? $time : value($r->{$_})
	} @{ $log->{fields} });
	my $twin = 0;
	my $id = alert_id($lead, $digest, 0);
	my $known = known($id, $digest);
	if ($known) {
		my $page = int($known->[2] / POSITIONS);
		$twin = $seen{ $known->[0] }
		    // ($page >= $first && $page <= $last ? 1 : 0);
		$seen{ $known->[0] } = $twin + 1;
		if ($twin) {
			$id = alert_id($lead, $digest, $twin);
			$known = known($id, $digest);
		}
	}
	return (DUPLICATE, 50, $at, $known->[0], $known->[1]) if $known;
	return put_alert($r, $at, $record, $id, $digest, $twin,
	    natural_key($r, $time, $lead), $verdict);
}

sub judge {
	my ($r, $record) = @_;
	return (INVALID, 1) if ref $r ne 'HASH';
	my $at = $r->{ $log->{time} };
	$at = defined $at && !ref $at ? parse_time($at) : undef;
	for my $required (@{ $log->{required} }) {
		return (INVALID, $required->[1], $at)
		    if !filled($r->{ $required->[0] });
	}
	return (INVALID, $log->{unparsable}) if !defined $at;
	my $verdict;
	if ($log->{verdict}) {
		($verdict) = $r->{ $log->{verdict} } =~ /^[ \t\r\n]*(.*?)[ \t\r\n]*$/s;
		$verdict = lc $verdict;
		return (CLEAN, 40, $at) if $verdict eq 'clean';
		return (CLEAN, 41, $at) if $verdict eq 'safe';
	}
	return settle($r, $at, $record, $verdict);
}

sub judge_page {
	my ($page, $digest) = @_;
	my ($body) = $db->selectrow_array(
	    sql('SELECT body FROM page_body WHERE page_id = ?'), undef, $page);
	die "page $page is damaged" if sha256($body) ne $digest;
	my $record = $page * POSITIONS;
	my $put = sql('INSERT INTO record (record_id, offset, length, outcome,'
	    . ' reason, occurred_at, alert_no, twin)'
	    . ' VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
	each_record($body, sub {
		my ($r, $offset, $length) = @_;
		my @judged = judge($r, $record);
		$#judged = 4;
		$put->execute($record++, $offset, $length, @judged);
	});
	sql('UPDATE page SET judged = 1 WHERE page_id = ?')->execute($page);
}

sub run {
	my $pending = 0;
	$db->do('BEGIN IMMEDIATE');
	for my $w (@{ $db->selectall_arrayref('SELECT window_id, log FROM window'
	    . ' WHERE closed_order > 0 AND judged_run_id IS NULL'
	    . ' ORDER BY closed_order') }) {
		my ($window, $name) = @$w;
		$log = $logs{$name};
		%seen = ();
		my $pages = $db->selectall_arrayref(sql('SELECT page_id,'
		    . ' body_digest, records FROM page WHERE window_id = ?'
		    . ' ORDER BY number'), undef, $window);
		($first, $last) = ($pages->[0][0], $pages->[-1][0]);
		for my $page (@$pages) {
			judge_page(@$page[0, 1]);
			$pending += $page->[2];
			next if $pending < COMMIT_RECORDS;
			$db->do('COMMIT');
			$db->do('BEGIN IMMEDIATE');
			$pending = 0;
		}
		sql('UPDATE window SET judged_run_id = ? WHERE window_id = ?')
		    ->execute($run, $window);
	}
	$db->do('COMMIT');
}

$db = DBI->connect("dbi:SQLite:dbname=$ARGV[0]", '', '',
    { RaiseError => 1, AutoCommit => 1, sqlite_use_immediate_transaction => 0,
    sqlite_unicode => 1 });
$db->do("PRAGMA $_") for 'foreign_keys = ON', 'synchronous = FULL',
    'journal_mode = WAL', 'cache_size = -8192', 'wal_autocheckpoint = 1024';
$db->do("INSERT INTO run (stage, version, started_at)
    VALUES ('transform', 'peer', 0)");
$run = $db->sqlite_last_insert_rowid;
load_mapping();
run();
%do = ();
$db->do('PRAGMA wal_checkpoint(TRUNCATE)');
$db->disconnect;
