//! The dataset of `monthly-bulletin`.

use super::super::spec::ColumnKind::{Money, Text};
use super::super::spec::{DatasetSpec, column};

/// One row a figure of the bulletin's tables, as it was printed.
pub static BULLETIN_FIGURES: DatasetSpec = DatasetSpec {
    name: "bulletin_figures",
    title: "月报数据",
    meaning: "月报各表的每个数据一行，与所印一致：因统计保密不予公布的没有数值",
    order: "按月报中的先后",
    columns: &[
        column("section", Text, "部分", "月报的部分：enrollment 参保，cross-province 跨省结算，chronic 门诊慢特病，revisions 修订"),
        column("figure", Text, "编号", "查询/行/列，canbao bulletin --trace 所用"),
        column("table_title", Text, "表", "表的标题"),
        column("row_label", Text, "行", "行的名称，多级以 / 相连"),
        column("column_label", Text, "列", "列的名称"),
        column("unit", Text, "单位", "没有单位时为空").or_null(),
        column("state", Text, "状态", "published 已公布，suppressed 因统计保密不予公布，missing 没有数据"),
        column("shown", Text, "所印", "表中所印的文字"),
        column("value", Money, "数值", "单位见单位列，金额以元；不是数、不予公布或没有数据时为空").or_null(),
        column("pipeline", Text, "流水线", "数据所出的流水线"),
        column("snapshot", Text, "快照", "数据所出的快照"),
        column("dataset", Text, "数据集", "数据所出的数据集，多个以分号相连"),
    ],
};
